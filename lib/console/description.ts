/** What the widget says of itself to whoever adds it to a dashboard. */
export const DESCRIPTION = `## Curfew: live sessions

Who is logged in where, since when, and until when if nothing more is heard; how the stations do; who was here before; what
operators did.
Opens one session, one user or one station, and ends a session, after a question, for a reason that is kept.

### Parameters

| parameter | |
|---|---|
| \`view\` | \`sessions\`, \`stations\`, \`earlier\` or \`trail\` |
| \`realm\` | only this realm |
| \`find\` | a part of a user's name, or of a station's id, name or place; of the trail of who, what, a station's id or a realm |
| \`user\` | only this user |
| \`station\` | only this station, by its id |
| \`rung\` | \`active\` or \`lingering\`; \`failover\` or \`remembered\` for sessions that have lost their seats and can still be made anew |
| \`sort\` | \`user\`, \`station\`, \`state\`, \`opened\`, \`heard\` or \`free\`; with \`-\` before it the other way round |

All of them are optional, and what the viewer puts into the widget's form counts instead.

\`\`\` yaml
realm: campus-print
\`\`\`

### Rights

The widget runs with the rights of whoever looks at it: \`lambda:InvokeFunction\` on this function shows sessions, on the
function \`console-end\` ends them.
`;
