/** The widget's one style sheet. Always the same text, so that a page can allow it by its hash and no other. */

const LIGHT = `--text: #1f2933; --dim: #52606d; --page: #ffffff; --line: #d5dbe1; --link: #0b5cad; --on-link: #ffffff; --danger: #b42318;
  --held: #2b5c8a; --held-soft: #d6e6f5; --lingering: #8a5a00; --lingering-soft: #f7e3b5; --dormant: #6a4a94; --dormant-soft: #e6dcf2; --ended: #52606d; --ended-soft: #e8ebef; --now: #b42318; --good: #1d6b3f; --good-soft: #dff0e4`;
const DARK = `--text: #e4e9ee; --dim: #a6b2be; --page: #14191f; --line: #3a444f; --link: #8cc4ff; --on-link: #10151b; --danger: #ff9d8f;
  --held: #7fb3e0; --held-soft: #1d3a55; --lingering: #f0c36a; --lingering-soft: #4a3a14; --dormant: #c3a5ee; --dormant-soft: #3a2b50; --ended: #a6b2be; --ended-soft: #2a313a; --now: #ff9d8f; --good: #7cc49a; --good-soft: #1c3a29`;

export const STYLE = `
.curfew { ${LIGHT}; color: var(--text); background: var(--page); font: 14px/1.45 system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; padding: 12px; overflow-wrap: anywhere }
.curfew.dark { ${DARK} }
.curfew h2 { font-size: 18px; margin: 0 0 10px; color: inherit } .curfew h3 { font-size: 15px; margin: 22px 0 6px; color: inherit }
.curfew p { margin: 6px 0 } .curfew .dim { color: var(--dim); font-weight: 400 } .curfew .nowrap { white-space: nowrap }
.curfew form { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; margin: 0 0 12px }
.curfew label { display: flex; flex-direction: column; gap: 2px; font-size: 12px; color: var(--dim); flex: 1 1 140px; max-width: 210px; box-sizing: border-box } .curfew label.wide { flex-basis: 420px; max-width: 420px }
.curfew input, .curfew select { font: inherit; font-size: 14px; color: var(--text); background: var(--page); border: 1px solid var(--dim); border-radius: 4px; padding: 5px 7px; min-width: 0; width: 100%; height: 32px; box-sizing: border-box }
.curfew .btn { font: inherit; color: var(--link); background: var(--page); border: 1px solid var(--link); border-radius: 4px; padding: 5px 12px; cursor: pointer; min-height: 32px }
.curfew .btn-primary { color: var(--on-link); background: var(--link) } .curfew .btn-danger { color: var(--danger); border-color: var(--danger) }
.curfew .btn:focus-visible, .curfew input:focus-visible, .curfew select:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.curfew .btn { white-space: nowrap } .curfew .btn-link { border: 0; padding: 0; min-height: 24px; background: none; text-align: start; font-weight: inherit; text-decoration: underline; text-underline-offset: 2px } .curfew thead .btn-link { font-weight: 600; text-decoration: none }
.curfew .short { display: inline-block; max-width: 210px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: bottom }
.curfew .tabs { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0 0 12px; border-bottom: 1px solid var(--line) } .curfew .btn-tab { border: 0; border-bottom: 3px solid transparent; border-radius: 0; padding: 5px 2px } .curfew .btn-tab[aria-current] { border-color: var(--link); color: var(--text); font-weight: 600 }
.curfew .head { display: flex; flex-wrap: wrap; gap: 4px 24px; align-items: center; justify-content: space-between; margin: 0 0 10px } .curfew .head h2 { margin: 0; min-width: 0; overflow-wrap: anywhere } .curfew .head form { margin: 0; flex-wrap: nowrap } .curfew .head label.wide { flex-basis: 220px } .curfew form .bar { margin: 0 } .curfew thead th { vertical-align: bottom }
.curfew .pager { align-items: center; margin: 8px 0 } .curfew .legend { display: flex; flex-wrap: wrap; gap: 2px 14px; color: var(--dim); font-size: 12px; margin: 4px 0 } .curfew .legend li { border: 0; padding: 0; display: flex; gap: 5px; align-items: center }
.curfew .state { display: inline-block; border-radius: 10px; padding: 0 9px; font-size: 12px; line-height: 20px; font-weight: 600; white-space: nowrap } .curfew .state-green { color: var(--good); background: var(--good-soft) } .curfew .state-amber { color: var(--lingering); background: var(--lingering-soft) } .curfew .state-red { color: var(--page); background: var(--danger) }
.curfew .bar { display: flex; flex-wrap: wrap; gap: 8px; margin: 12px 0 }
.curfew table { border-collapse: collapse; width: 100%; background: transparent } .curfew th, .curfew td { text-align: start; vertical-align: top; padding: 7px 10px 7px 0; border-bottom: 1px solid var(--line); color: inherit; background: transparent }
.curfew thead th { font-size: 12px; font-weight: 600; color: var(--dim) } .curfew tbody th { font-weight: 600 }
.curfew ul { list-style: none; margin: 0; padding: 0 } .curfew li { border-bottom: 1px solid var(--line); padding: 10px 0 }
.curfew dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 8px 16px; margin: 8px 0 } .curfew dt { font-size: 12px; color: var(--dim) } .curfew dd { margin: 0 } .curfew dl > div { min-width: 0 } .curfew dd .short { max-width: 100% }
.curfew .rung { display: inline-block; border-radius: 10px; padding: 0 9px; font-size: 12px; line-height: 20px; font-weight: 600; white-space: nowrap }
.curfew .rung-active { color: var(--held); background: var(--held-soft) } .curfew .rung-lingering { color: var(--lingering); background: var(--lingering-soft) } .curfew .rung-failover, .curfew .rung-remembered { color: var(--dormant); background: var(--dormant-soft) } .curfew .rung-ended { color: var(--ended); background: var(--ended-soft) }
.curfew .notice { border-inline-start: 4px solid var(--link); background: var(--held-soft); padding: 8px 12px; margin: 0 0 12px } .curfew .notice-good { border-color: var(--good); background: var(--good-soft) } .curfew .notice-bad { border-color: var(--danger); background: var(--lingering-soft) }
.curfew svg { display: block; max-width: 100% } .curfew svg text { font: 12px system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; fill: var(--text); paint-order: stroke; stroke: var(--page); stroke-width: 4px }
.curfew .s-active { fill: var(--held-soft); stroke: var(--held) } .curfew .s-lingering { fill: var(--lingering-soft); stroke: var(--lingering) } .curfew .s-failover, .curfew .s-remembered { fill: var(--dormant-soft); stroke: var(--dormant) } .curfew .s-ended { fill: var(--ended-soft); stroke: var(--ended) }
.curfew .tick { stroke: var(--text); stroke-width: 1.5; fill: none } .curfew .leader { stroke: var(--dim); stroke-dasharray: 2 3; fill: none } .curfew .now { stroke: var(--now); stroke-width: 2.5; fill: none } .curfew .now-mark { fill: var(--now); stroke: none } .curfew svg text.now-text { fill: var(--now); font-weight: 600 }
`;
