/** What the widget says of itself to whoever adds it to a dashboard. */
export const DESCRIPTION = `## Curfew: live sessions

Who is logged in where, since when, and until when if nothing more is heard. Opens one session with its timeline and its
user's history, and ends it, after a question, for a reason that is kept.

### Parameters

| parameter | |
|---|---|
| \`realm\` | only this realm |
| \`user\` | only this user |
| \`station\` | only this station, by its id |
| \`rung\` | \`active\` or \`lingering\`; \`failover\` or \`remembered\` for sessions that have lost their seats and can still be made anew |

All of them are optional, and what the viewer puts into the widget's form counts instead.

\`\`\` yaml
realm: campus-print
\`\`\`

### Rights

The widget runs with the rights of whoever looks at it: \`lambda:InvokeFunction\` on this function shows sessions, on the
function \`console-end\` ends them.
`;
