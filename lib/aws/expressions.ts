/** An attempt on a seat as DynamoDB's expressions: what `meets` and `apply` say, in sentences about the item. */

import { assertNever } from '../assert.ts';
import { CLOCK_MARGIN } from '../session/ladder.ts';
import type { Latest, SeatKey } from '../session/seat.ts';
import { shardOf } from '../session/shards.ts';
import { markOf } from '../session/word.ts';
import type { Attempt, Change, Condition } from '../session/write.ts';
import { TABLE } from '../table.ts';
import { before } from '../time.ts';
import { allOf, type Clause, clause, expressions, type Update } from './clauses.ts';
import { attributes, type Item } from './items.ts';
import {
  endingAttributes,
  latestAttributes,
  MARKS,
  NEVER_SAID,
  NOBODY,
  OPTIONAL,
  previousLatestAttributes,
  sessionAttributes,
  ttlOf,
  ttlWithoutSession,
} from './seat-item.ts';

export const expressionsOf = ({ condition, change }: Attempt, key: SeatKey, shards: number) =>
  expressions(updateOf(change, condition, key, shards), conditionOf(condition));

// --- conditions

const thereIsNoItem = 'attribute_not_exists(#epoch)';
const sessionIsOpen = 'attribute_exists(#due)';
const nobodySits = 'attribute_not_exists(#due)';
const noJobWaits = '(attribute_not_exists(#jobAt) OR #jobAt <= :asOf)';
const silenceIsOver = '(#idleAt <= :asOf OR #leaseAt <= :asOf)';
const sessionIsOver = `(#maximumAt <= :asOf OR (${silenceIsOver} AND ${noJobWaits}))`;
const isNotIdle = 'attribute_not_exists(#lingerAt) OR #lingerAt > :asOf OR #jobAt > :asOf';
const epochGrows = '#epoch < :newEpoch';
const loginDidNotOpenThis = '(attribute_not_exists(#openedBy) OR #openedBy <> :loginId)';
const loginDidNotOpenTheLast = '(attribute_not_exists(#previousId) OR #previousId <> :loginId)';
const isNoRepeat = [
  '#lastId <> :thisDelivery AND #openedBy <> :thisDelivery',
  ...MARKS.map((name) => `(attribute_not_exists(#${name}) OR #${name} <> :thisMark)`),
].join(' AND ');
const loginIsNotTheLastWord = '#lastId <> :loginId';
const loginIsNotTheWordBefore = 'attribute_not_exists(#beforeId) OR #beforeId <> :loginId';
const notSaidOfTheLast = 'attribute_not_exists(#beforeId) OR #beforeId <> :thatDelivery';
const noSuchPingSince = 'attribute_not_exists(#pingedAt) OR #pingedAt < :signedAt';
type Speaker = '#station' | ':saidBy';
const noNewerWord = (station: Speaker) =>
  `#lastStation <> ${station} OR attribute_not_exists(#lastOccurredAt) OR #lastOccurredAt <= :saidAt`;
const noNewerWordBefore = (station: Speaker) =>
  `attribute_not_exists(#beforeStation) OR #beforeStation <> ${station} OR #beforeAt <= :saidAt`;

function conditionOf(condition: Condition): Clause {
  switch (condition.if) {
    case 'absent':
      return clause(thereIsNoItem);
    case 'unchanged':
      return clause('#epoch = :thatEpoch AND #revision = :thatRevision', {
        thatEpoch: condition.epoch,
        thatRevision: condition.revision,
      });
    case 'free':
      return freeFor(condition);
    case 'live':
      return live(condition);
    default:
      return assertNever(condition);
  }
}

function freeFor({ now, epoch, login }: Extract<Condition, { if: 'free' }>): Clause {
  const mayBeTaken = allOf(
    clause(`${nobodySits} OR ${sessionIsOver}`, { asOf: before(now, CLOCK_MARGIN) }),
    clause(epochGrows, { newEpoch: epoch }),
    clause(`${loginDidNotOpenThis} AND ${loginDidNotOpenTheLast}`, { loginId: login.id }),
    clause(loginIsNotTheLastWord),
    clause(loginIsNotTheWordBefore),
    login.occurredAt === undefined
      ? undefined
      : clause(noNewerWord(':saidBy'), { saidBy: login.station, saidAt: login.occurredAt }),
    login.occurredAt === undefined ? undefined : clause(noNewerWordBefore(':saidBy')),
  );
  return { text: `${thereIsNoItem} OR (${mayBeTaken.text})`, values: mayBeTaken.values };
}

const live = (condition: Extract<Condition, { if: 'live' }>): Clause =>
  allOf(
    clause(`${sessionIsOpen} AND NOT ${sessionIsOver}`, { asOf: condition.now }),
    ifGiven(condition.epoch, (thatEpoch) => clause('#epoch = :thatEpoch', { thatEpoch })),
    ifGiven(condition.station, (thatStation) => clause('#station = :thatStation', { thatStation })),
    ifGiven(condition.unlessId, (thisDelivery) => clause(isNoRepeat, { thisDelivery, thisMark: markOf(thisDelivery) })),
    ifGiven(condition.unlessPreviousId, (thatDelivery) => clause(notSaidOfTheLast, { thatDelivery })),
    ifGiven(condition.notAfter, (saidAt) => clause(noNewerWord('#station'), { saidAt })),
    ifGiven(condition.notAfter, () => clause(noNewerWordBefore('#station'))),
    ifGiven(condition.heardAtMost, (heardAtMost) => clause('#heardAt <= :heardAtMost', { heardAtMost })),
    ifGiven(condition.pingedBefore, (signedAt) => clause(noSuchPingSince, { signedAt })),
    ifGiven(condition.jobs, (thatMany) => clause('#jobs = :thatMany', { thatMany })),
    ifGiven(condition.dueAtMost, (dueAtMost) =>
      condition.orJobWaits === true
        ? clause('#due <= :dueAtMost OR #jobAt > :asOf', { dueAtMost })
        : clause('#due <= :dueAtMost', { dueAtMost }),
    ),
    ifGiven(condition.isActive, () => clause(isNotIdle)),
  );

const ifGiven = <T>(value: T | undefined, make: (value: T) => Clause): Clause | undefined =>
  value === undefined ? undefined : make(value);

// --- changes

const nextRevision = clause('#revision = #revision + :one', { one: 1 });
const firstOrNextRevision = clause('#revision = if_not_exists(#revision, :none) + :one', { none: 0, one: 1 });
/** In an update an attribute on the right is the item as it was. */
const keepWhoOpenedTheLast = clause('#previousId = if_not_exists(#openedBy, :nobody)', { nobody: NOBODY });
const keepTheLastWord = clause(
  [
    '#beforeId = if_not_exists(#lastId, :nobody)',
    '#beforeStation = if_not_exists(#lastStation, :nobody)',
    '#beforeAt = if_not_exists(#lastOccurredAt, :never)',
  ].join(', '),
  { nobody: NOBODY, never: NEVER_SAID },
);

/** Each moves on by one; the newest is set with the word itself. */
const keepTheMarks = clause(
  MARKS.slice(1)
    .map((name, n) => `#${name} = if_not_exists(#${MARKS[n]}, :nobody)`)
    .join(', '),
  { nobody: NOBODY },
);

/** The station's newest word, and its mark. */
const wordAttributes = (latest: Latest): Item => ({
  ...latestAttributes(latest),
  ...attributes({ [MARKS[0]]: markOf(latest.id) }),
});

const { partitionKey: SHARD, sortKey: DUE } = TABLE.dueIndex;

function updateOf(change: Change, condition: Condition, key: SeatKey, shards: number): Update {
  switch (change.do) {
    case 'open': {
      const set = {
        ...sessionAttributes(change.session),
        ...wordAttributes(change.latest),
        ...attributes({ epoch: change.epoch, revision: 1, [SHARD]: shardOf(key, shards) }),
        ...ttlOf(change.session),
      };
      return {
        set,
        compute: [keepWhoOpenedTheLast, keepTheLastWord],
        remove: [...OPTIONAL, ...MARKS].filter((name) => !(name in set)),
      };
    }
    case 'keep-word': {
      const set = {
        ...latestAttributes(change.latest),
        ...attributes({ epoch: change.epoch }),
        // Where a session was there, its epoch stays, and its item is kept for as long as it was to be.
        ...(condition.if === 'unchanged' && condition.epoch === change.epoch ? {} : ttlWithoutSession(change.epoch)),
        ...(change.previousLatest === undefined ? {} : previousLatestAttributes(change.previousLatest)),
      };
      const remove = change.latest.occurredAt === undefined ? ['lastOccurredAt'] : [];
      return { set, compute: [firstOrNextRevision], remove };
    }
    case 'renew':
      return renewal(change);
    case 'end': {
      const said = change.latest === undefined ? {} : latestAttributes(change.latest);
      return {
        set: { ...endingAttributes(change.ended), ...said },
        compute: [nextRevision],
        remove: ['rung', SHARD, DUE, ...MARKS],
      };
    }
    case 'descend': {
      const place = { [SHARD]: shardOf(key, shards, change.rung), [DUE]: change.due };
      return { set: attributes({ rung: change.rung, ...place }), compute: [nextRevision] };
    }
    case 'postpone': {
      const place = { [SHARD]: shardOf(key, shards, change.rung), [DUE]: change.due };
      return { set: attributes(place), compute: [nextRevision] };
    }
    default:
      return assertNever(change);
  }
}

/** Leaves the index alone unless the sweep must come sooner: a renewal costs one write unit. */
function renewal(change: Extract<Change, { do: 'renew' }>): Update {
  const { heardAt, pingedAt, activeAt, leaseAt, jobs, due, resumedAt, logon, latest } = change;
  const { idleAt, lingerAt, jobAt } = change;
  const movable = { idleAt, lingerAt, jobAt };
  const lifted = Object.entries(movable).flatMap(([name, at]) => (at === null ? [name] : []));
  const moved = { idleAt: idleAt ?? undefined, lingerAt: lingerAt ?? undefined, jobAt: jobAt ?? undefined };
  const others = { heardAt, pingedAt, activeAt, leaseAt, jobs, resumedAt, [DUE]: due };
  const loggedOn = { loggedOnAt: logon?.at, rememberedUntil: logon?.rememberedUntil };
  return {
    set: {
      ...attributes({ ...moved, ...others, ...loggedOn }),
      ...(latest === undefined ? {} : wordAttributes(latest)),
    },
    compute: latest === undefined ? [nextRevision] : [nextRevision, keepTheMarks],
    // Back from lingering it is active, which is what an item without a rung is.
    remove: resumedAt === undefined ? lifted : [...lifted, 'rung'],
  };
}
