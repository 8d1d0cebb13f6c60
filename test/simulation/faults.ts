/**
 * Planted faults: each a small patch of the shipped code, by which the promises are put to the proof. The first sixteen are
 * faults that real systems had.
 */

export interface Fault {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const fault = (name: string, file: string, find: string, replace: string): Fault => ({
  name,
  file: `lib/${file}`,
  find,
  replace,
});

const DUE_FOUND = 'const found = await seats.readMany(page.items.map(({ key }) => key));';
const dueIf = (which: string) =>
  `const found = await seats.readMany(page.items.filter(${which}).map(({ key }) => key));`;

/** What a container keeps of a shard from one sweep to the next, as the shipped code never does. */
const KEPT = `const kept: Map<string, number> = (((globalThis as any).kept ??= new WeakMap()).get(clock) ?? new Map());
(globalThis as any).kept.set(clock, kept);`;

export const FAULTS: readonly Fault[] = [
  // --- what real systems had
  fault(
    'a slot that was missed is never visited again',
    'service/sweep.ts',
    DUE_FOUND,
    dueIf('({ due }) => due > timer.at - MINUTE'),
  ),
  fault(
    'entries behind the last cursor are passed over',
    'service/sweep.ts',
    DUE_FOUND,
    `${KEPT}
     ${dueIf('({ due }) => due >= (kept.get(shard) ?? 0)')}
     if (page.items.length > 0) kept.set(shard, Math.max(...page.items.map(({ due }) => due)) + 1);`,
  ),
  fault(
    'a gap between what is swept and now',
    'service/sweep.ts',
    'NEVER : latest(clock(), timer.at)',
    'NEVER : after(latest(clock(), timer.at), durationMs(-10 * MINUTE))',
  ),
  fault(
    'one entry that fails fails its page',
    'service/sweep.ts',
    'await Promise.allSettled(found.map((seat) => settle(seats, options, seat, now, shard)))',
    '(await Promise.all(found.map((seat) => settle(seats, options, seat, now, shard)))).map((value) => ({ status: "fulfilled" as "fulfilled" | "rejected", value, reason: undefined }))',
  ),
  fault(
    'poison entries starve those behind them',
    'service/sweep.ts',
    'cursor = page.cursor;',
    'cursor = totals.failed > 0 ? undefined : page.cursor;',
  ),
  fault(
    'a run that did nothing moves the gate',
    'service/sweep.ts',
    'const { seats, meter, clock } = ports;',
    `const { meter, clock } = ports;
     ${KEPT}
     const gate = kept.get(timer.shard) ?? 0;
     kept.set(timer.shard, Math.max(gate, timer.at));
     const due: typeof ports.seats.due = async (shard, query) => {
       const page = await ports.seats.due(shard, query);
       return { ...page, items: page.items.filter((item) => item.due > gate) };
     };
     const seats = { ...ports.seats, due };`,
  ),
  fault(
    'a sweep ends what has been renewed since it looked',
    'session/due.ts',
    'const condition = unchanged(seat);',
    "const condition = { if: 'live', now: 0 as EpochMs } as const;",
  ),
  fault(
    'a login that was done but reported an error is not recognised',
    'session/login.ts',
    'if (seat.session?.openedBy !== id || seat.session.station !== station.id) return wentOn(id, station, seat, now);',
    'if (seat.epoch !== epoch) return undefined;',
  ),
  fault(
    'a ping after the end brings the session back',
    'session/write.ts',
    'isLive(seat, condition.now) &&',
    'isOpen(seat) &&',
  ),
  fault(
    'a session is seen to be over, and its seat is not taken',
    'session/write.ts',
    '!isOpen(seat) || isOver(seat.session.deadlines, before(now, CLOCK_MARGIN))',
    '!isOpen(seat)',
  ),
  fault(
    'the sweep covers one rung of several',
    'session/due.ts',
    "if (rung !== 'active' && isBelow(rung, session))",
    "if (rung === 'lingering' && isBelow(rung, session))",
  ),
  fault(
    'look, then open: nothing is asked in the write',
    'session/write.ts',
    'return seat?.epoch === condition.epoch && seat.revision === condition.revision;',
    'return seat !== undefined;',
  ),
  fault(
    "a stale session refuses its own user's login",
    'session/login.ts',
    'if (isLive(seat, now) && seat.session.station === station.id) return again(login, seat);',
    '',
  ),
  fault(
    'a lost timer is never made up for',
    'service/sweep.ts',
    '[...former, ...allShards(options.shards)]',
    '[...former, ...heldShards(options.shards)]',
  ),
  fault(
    'a late logout ends a newer session',
    'session/step.ts',
    'said.epoch !== undefined && said.epoch !== seat.epoch && !goesOn',
    'said.epoch === -1 && !goesOn',
  ),
  fault('no margin for clocks apart', 'session/ladder.ts', 'durationMs(2_000)', 'durationMs(0)'),
  // --- others
  fault('a margin shorter than clocks can differ', 'session/ladder.ts', 'durationMs(2_000)', 'durationMs(900)'),
  fault('the later of idle and lease ends it', 'session/ladder.ts', 'idleAt <= leaseAt ?', 'idleAt >= leaseAt ?'),
  fault(
    "another station's ping renews",
    'session/write.ts',
    '(condition.station === undefined || seat.session.station === condition.station) &&',
    '',
  ),
  fault(
    'timers of dormant sessions are armed in the wrong shard',
    'service/sweep.ts',
    'shard: placeOn(swept.rung)',
    "shard: placeOn('active')",
  ),
  fault(
    'a session that gave way is not announced',
    'session/journal.ts',
    'isOpen(old) ? (goesOn && isOpen(now) ? changes(old, now) : end(old, now)) : []',
    'isOpen(old) && goesOn ? (isOpen(now) ? changes(old, now) : end(old, now)) : []',
  ),
  fault('a late sign of life moves deadlines back', 'session/sign-of-life.ts', '    heardAtMost: said.now,\n', ''),
  fault(
    'the end of one job lifts all',
    'session/sign-of-life.ts',
    'jobs > 1 ? { ...active, jobs: jobs - 1 }',
    'jobs > 99 ? { ...active, jobs: jobs - 1 }',
  ),
  fault(
    'pings count past idle',
    'session/write.ts',
    "(condition.isActive === undefined || rungAt(seat.session, condition.now) === 'active')",
    'true',
  ),
  fault(
    'failover follows the maximum',
    'session/ladder.ts',
    "failoverMs !== undefined && held.reason === 'lease'",
    'failoverMs !== undefined',
  ),
  fault(
    'a logout leaves what has lost its seat to be made anew',
    'session/step.ts',
    "return isOpen(seat) && rungAt(seat.session, said.now) !== 'ended' ?",
    "return isOpen(seat) && (said.type === 'farewell' ? rungAt(seat.session, said.now) === 'active' : rungAt(seat.session, said.now) !== 'ended') ?",
  ),
  fault(
    'a deadline that moves sooner does not call the sweep back',
    'session/sign-of-life.ts',
    'const due = slot < session.due ? slot : undefined;',
    'const due = undefined;',
  ),
  fault('an opened session arms no timer', 'session/opening.ts', ', arm: due }', ' } as any'),
  fault(
    'who resumes is still announced as lingering',
    'session/write.ts',
    "{ resumedAt: change.resumedAt, rung: 'active' }",
    '{ resumedAt: change.resumedAt }',
  ),
  fault(
    'a session that was taken over ended before it was last heard of',
    'session/journal.ts',
    'at: latest(next.openedAt, session.heardAt)',
    'at: next.openedAt',
  ),
  fault(
    'what a larger number of shards left behind is never looked for',
    'service/sweep.ts',
    '[...former, ...allShards(options.shards)]',
    'allShards(options.shards)',
  ),
  fault(
    'a logout keeps on the panel whom it ended, too late',
    'service/panel.ts',
    `  const isNews = isRepeated || (await panels.leave(saying(said), occupant, keepUntil(said)));
  const verdict: Verdict = leaver === undefined ? { is: 'nothing-open' } : await leave(parts, said, leaver, epoch);
`,
    `  const verdict: Verdict = leaver === undefined ? { is: 'nothing-open' } : await leave(parts, said, leaver, epoch);
  const isNews = isRepeated || (await panels.leave(saying(said), occupant, keepUntil(said)));
`,
  ),
];
