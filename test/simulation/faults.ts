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
const KEPT = `const kept: Map<string, number> = (((globalThis as any).kept ??= new WeakMap()).get(options.realms) ?? new Map());
(globalThis as any).kept.set(options.realms, kept);`;

/** The decisions' table of farewells, by its rows. */
const rowOf = (row: string, ...cells: readonly string[]) => `${row}{ nothing: ${cells.join('')} },`;
const EXACT = rowOf(
  'exact:     ',
  "'nothing-open', replaced: 'stale', theirs: 'not-yours',\n               ",
  "active: 'end',   lingering: 'end',   dormant: 'end',   over: 'record-end', ended: 'tell-ended'",
);
const NEWS = rowOf(
  'news:      ',
  "'keep-word',    replaced: 'stale', theirs: 'not-yours',\n               ",
  "active: 'end',   lingering: 'end',   dormant: 'end',   over: 'record-end', ended: 'keep-word'",
);
const stale = (row: string) =>
  rowOf(
    row,
    "'nothing-open', replaced: 'stale', theirs: 'not-yours',\n               ",
    "active: 'stale', lingering: 'stale', dormant: 'stale', over: 'record-end', ended: 'tell-ended'",
  );
const REPEAT = stale('repeat:    ');
const OVERTAKEN = stale('overtaken: ');

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
    'session/decide.ts',
    "repeat:    { free: 'tell-repeat', mine: 'tell-repeat', held: 'tell-repeat' }",
    "repeat:    { free: 'open',        mine: 'go-on',       held: 'take-over-or-refuse' }",
  ),
  fault(
    'a ping after the end brings the session back',
    'session/write.ts',
    'return isLive(seat, condition.now) && isMeant(condition, seat)',
    'return isOpen(seat) && isMeant(condition, seat)',
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
    'session/decide.ts',
    "news:      { free: 'open',        mine: 'go-on', ",
    "news:      { free: 'open',        mine: 'take-over-or-refuse', ",
  ),
  fault(
    'a lost timer is never made up for',
    'service/sweep.ts',
    '[...former, ...allShards(options.shards)]',
    '[...former, ...heldShards(options.shards)]',
  ),
  fault(
    'a late logout ends a newer session',
    'session/about.ts',
    'named !== undefined && named !== seat.epoch && !wentOnFrom(said, named, seat)',
    'named === -1',
  ),
  fault('no margin for clocks apart', 'session/ladder.ts', 'durationMs(2_000)', 'durationMs(0)'),
  // --- deadlines, rungs and sweeps
  fault('a margin shorter than clocks can differ', 'session/ladder.ts', 'durationMs(2_000)', 'durationMs(900)'),
  fault('the later of idle and lease ends it', 'session/ladder.ts', 'idleAt <= leaseAt ?', 'idleAt >= leaseAt ?'),
  fault(
    "another station's ping renews",
    'session/write.ts',
    '(station === undefined || session.station === station);',
    'true;',
  ),
  fault(
    'timers of dormant sessions are armed in the wrong shard',
    'service/sweep.ts',
    '...moved(placeOn(swept.rung), swept.arm)',
    "...moved(placeOn('active'), swept.arm)",
  ),
  fault(
    'a session that gave way is not announced',
    'session/journal.ts',
    'isOpen(old) ? (goesOn && isOpen(now) ? changes(old, now) : end(old, now)) : []',
    'isOpen(old) && goesOn ? (isOpen(now) ? changes(old, now) : end(old, now)) : []',
  ),
  fault('a late sign of life moves deadlines back', 'session/sign-of-life.ts', '    heardAtMost: now,\n', ''),
  fault(
    'pings count past idle',
    'session/write.ts',
    "(condition.isActive === undefined || rungAt(session, condition.now) === 'active')",
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
    'session/decide.ts',
    EXACT,
    EXACT.replace("dormant: 'end'", "dormant: 'stale'"),
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
    'a write lands long after the instant that it counts from',
    'service/carry.ts',
    'NOW_AGE_MAX: DurationMs = durationMs(1_000)',
    'NOW_AGE_MAX: DurationMs = durationMs(60_000)',
  ),
  fault(
    'a sweep that a job put off is not called back where the lease is shorter now',
    'session/write.ts',
    'session.jobDue !== undefined && session.due <= session.jobDue)',
    'session.jobDue !== undefined)',
  ),
  // --- words: dates, repeats, signatures
  fault('a date from the future is believed', 'session/word.ts', '{ at: earliest(date, now) }', '{ at: date }'),
  fault(
    'a clock that begins in 1970 is believed',
    'session/word.ts',
    'date === undefined || date < before(now, DATE_BELIEVED)',
    'date === undefined',
  ),
  fault(
    'signed words have no date',
    'session/word.ts',
    'const date = occurredAt ?? signedAt;',
    'const date = occurredAt;',
  ),
  fault('two stations’ equal ids are one delivery', 'session/word.ts', '`$' + '{station} ', '`'),
  fault('comings and goings are remembered one deep', 'session/word.ts', 'TURNS_MAX = 6', 'TURNS_MAX = 1'),
  fault('what turns nothing is remembered one deep', 'session/word.ts', 'OTHERS_MAX = 4', 'OTHERS_MAX = 1'),
  fault('the date of one coming is remembered', 'session/word.ts', 'DATES_MAX = 4', 'DATES_MAX = 1'),
  fault(
    'a ping is renewed by its replay',
    'session/write.ts',
    'pingedAt !== undefined && pingedAt >= signedAt',
    'pingedAt !== undefined && pingedAt > signedAt',
  ),
  fault(
    'a login that is too late opens',
    'session/opening.ts',
    'firstDeadline(policy, station, at) <= now',
    'firstDeadline(policy, station, at) <= 0',
  ),
  fault(
    'a repeated farewell ends who has come since',
    'session/decide.ts',
    REPEAT,
    REPEAT.replace("active: 'stale'", "active: 'end'"),
  ),
  fault(
    'a farewell that was overtaken ends what is newer',
    'session/decide.ts',
    OVERTAKEN,
    OVERTAKEN.replace("active: 'stale'", "active: 'end'"),
  ),
  fault(
    'a logout that found nothing is forgotten',
    'session/decide.ts',
    NEWS,
    NEWS.replace("nothing: 'keep-word'", "nothing: 'nothing-open'"),
  ),
  fault(
    'who is told of an end by handle may not rely on it',
    'session/decide.ts',
    EXACT,
    EXACT.replace("over: 'record-end'", "over: 'tell-ended'"),
  ),
  fault(
    'who is told of an end by name may not rely on it',
    'session/decide.ts',
    NEWS,
    NEWS.replace("over: 'record-end'", "over: 'tell-ended'"),
  ),
  fault(
    'a chain made anew is one deep',
    'session/about.ts',
    "said.type === 'farewell' ? chainFrom <= named && named < epoch : named === madeAnewOf",
    'chainFrom <= named && named === madeAnewOf',
  ),
  fault(
    'what was said of one session overtakes the login of another',
    'session/login.ts',
    'key.seat === WORDS_SEAT && isOvertaken(word, heard)',
    'key.seat !== "" && isOvertaken(word, heard)',
  ),
  // --- jobs
  fault(
    'the end of one job lifts all',
    'session/jobs.ts',
    '    if (job === mine) return [];\n',
    '    if (runs(job)) return [];\n',
  ),
  fault(
    'a start under another id counts twice',
    'session/jobs.ts',
    'return known.some(({ name }) => name === start.name) ? known : added(known, start);',
    'return added(known, start);',
  ),
  fault(
    'an end that overtook its start is forgotten',
    'session/jobs.ts',
    'if (job === undefined) return added(known, { name });',
    'if (job === undefined) return known;',
  ),
  fault(
    'a job of before the session counts',
    'session/sign-of-life.ts',
    'session.openedSaidAt !== undefined && word.at < session.openedSaidAt',
    'session.openedSaidAt !== undefined && word.at < 0',
  ),
  fault(
    'an end that an activity overtook does nothing',
    'session/decide.ts',
    "overtaken: { ...NOT_HERE, active: 'renew',    lingering: 'tell', ",
    "overtaken: { ...NOT_HERE, active: 'repeated', lingering: 'tell', ",
  ),
  // --- panels
  fault(
    'what a login left owed is not paid by its repeat',
    'service/panel.ts',
    "await settle(parts, { ...login, reason: 'next-user' }, panel);",
    "if (received.is === 'news') await settle(parts, { ...login, reason: 'next-user' }, panel);",
  ),
  fault(
    'what a word left owed is not paid by the next one',
    'service/panel.ts',
    'await leave(parts, { ...said, word: paying(word), reason }, leaver, back);',
    'void [reason, back];',
  ),
  fault(
    'whoever logs in again where they are pays no debt',
    'service/panel.ts',
    'for (const { slot, leaver } of debtsOn(panel)) {',
    'for (const { slot, leaver } of isThere ? [] : debtsOn(panel)) {',
  ),
  fault(
    'a debt is for the session that was asked for, and not for the one that opened',
    'session/panel.ts',
    'const leftBehind = after(leaver.leftAt, CLOCK_MARGIN);',
    'const leftBehind = leaver.epoch;',
  ),
  fault(
    'the last user of a panel is looked for in its station’s realm',
    'service/place.ts',
    'person.realm === said.station.realm ? knownSeat(said, person) : undefined',
    'knownSeat(said, { ...person, realm: said.station.realm })',
  ),
  fault(
    'a panel goes on with who was there in another realm',
    'service/keeper.ts',
    'occupant?.realm === station.realm ?',
    'occupant !== undefined ?',
  ),
  fault(
    'a login that was overtaken stays open when it is sent again',
    'service/panel.ts',
    "const opensNothing = ({ is, isThere }: Received): boolean => is === 'overtaken' || (is === 'repeat' && !isThere);",
    'const opensNothing = ({ is }: Received): boolean => is === undefined;',
  ),
  fault(
    'a login that was overtaken ends another session first',
    'service/panel.ts',
    'if (hasBeenUnderWay(login) || mayEndAnother(login)) {',
    'if (login === undefined) {',
  ),
  fault(
    'a repeated login is news of who is on the panel',
    'session/panel.ts',
    "standing(condition.word, heard) === 'news' &&\n        !isSamePerson(condition.unless, occupant)",
    "standing(condition.word, heard) !== 'overtaken' &&\n        !isSamePerson(condition.unless, occupant)",
  ),
  fault(
    'a panel forgets a logout that names its user',
    'service/keeper.ts',
    'if (station.hasPanel && session === undefined && spoken.word.at !== undefined) await keepOnPanel(parts, spoken);',
    'if (station.id === "") await keepOnPanel(parts, spoken);',
  ),
  fault(
    'a panel shows who has left',
    'service/announce.ts',
    'const left = endings.filter(({ session }) => session.onPanel);',
    'const left = endings.filter(({ session }) => session.station === "");',
  ),
];
