/** An attempt on a seat as DynamoDB's expressions: what the law of conditions (`meets`, `apply`) says, in sentences about the item. */

import { assertNever } from '../assert.ts';
import { CLOCK_MARGIN } from '../session/ladder.ts';
import type { SeatKey } from '../session/seat.ts';
import { shardOf } from '../session/shards.ts';
import type { Attempt, Change, Condition, Hearing } from '../session/write.ts';
import { TABLE } from '../table.ts';
import { before } from '../time.ts';
import { allOf, type Clause, clause, type Update } from './clauses.ts';
import { isNews, keepArrival, keepHeard, keepOther, keepTurn } from './heard.ts';
import { attributes } from './items.ts';
import { endingAttributes, jobAttributes, OPTIONAL, sessionAttributes, ttlOf, ttlWithoutSession } from './seat-item.ts';

export const updateOfSeat = ({ condition, change }: Attempt, key: SeatKey, shards: number) => ({
  update: updateOf(change, condition, key, shards),
  condition: conditionOf(condition),
});

// --- conditions

const thereIsNoItem = 'attribute_not_exists(#epoch)';
const sessionIsOpen = 'attribute_exists(#due)';
const nobodySits = 'attribute_not_exists(#due)';
const noJobWaits = '(attribute_not_exists(#jobAt) OR #jobAt <= :asOf)';
const silenceIsOver = '(#idleAt <= :asOf OR #leaseAt <= :asOf)';
const sessionIsOver = `(#maximumAt <= :asOf OR (${silenceIsOver} AND ${noJobWaits}))`;
const nobodyHolds = `${nobodySits} OR ${sessionIsOver}`;
const sessionGoesOn = `${sessionIsOpen} AND NOT ${sessionIsOver}`;
const isNotIdle = 'attribute_not_exists(#lingerAt) OR #lingerAt > :asOf OR #jobAt > :asOf';
const epochGrows = '#epoch < :newEpoch';
const noSuchPingSince = 'attribute_not_exists(#pingedAt) OR #pingedAt < :signedAt';
const soManyJobsRun = '#jobs = :thatMany AND attribute_not_exists(#jobNotes)';
const jobIsNoLater = 'attribute_not_exists(#jobSaidAt) OR #jobSaidAt <= :jobAsSaid';
const sessionIsNoLater = 'attribute_not_exists(#openedSaidAt) OR #openedSaidAt <= :jobAsSaid';

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

function freeFor({ now, epoch, word }: Extract<Condition, { if: 'free' }>): Clause {
  const mayBeTaken = allOf(
    clause(nobodyHolds, { asOf: before(now, CLOCK_MARGIN) }),
    clause(epochGrows, { newEpoch: epoch }),
    isNews(word),
  );
  return { text: `${thereIsNoItem} OR (${mayBeTaken.text})`, values: mayBeTaken.values };
}

const live = (condition: Extract<Condition, { if: 'live' }>): Clause =>
  allOf(
    clause(sessionGoesOn, { asOf: condition.now }),
    ifGiven(condition.epoch, (thatEpoch) => clause('#epoch = :thatEpoch', { thatEpoch })),
    ifGiven(condition.epochAtMost, (lastEpoch) => clause('#epoch <= :lastEpoch', { lastEpoch })),
    ifGiven(condition.openedBy, (thatWord) => clause('#opener = :thatWord', { thatWord })),
    ifGiven(condition.station, (thatStation) => clause('#station = :thatStation', { thatStation })),
    ifGiven(condition.word, isNews),
    ifGiven(condition.heardAtMost, (heardAtMost) => clause('#heardAt <= :heardAtMost', { heardAtMost })),
    ifGiven(condition.pingedBefore, (signedAt) => clause(noSuchPingSince, { signedAt })),
    ifGiven(condition.jobs, ({ running, saidAt }) =>
      allOf(
        clause(soManyJobsRun, { thatMany: running }),
        ifGiven(saidAt, (jobAsSaid) => clause(jobIsNoLater, { jobAsSaid })),
        ifGiven(saidAt, () => clause(sessionIsNoLater)),
      ),
    ),
    ifGiven(condition.dueAtMost, (dueAtMost) =>
      clause(condition.orJobDue === true ? '#due <= :dueAtMost OR #due <= #jobDue' : '#due <= :dueAtMost', {
        dueAtMost,
      }),
    ),
    ifGiven(condition.isActive, () => clause(isNotIdle)),
  );

const ifGiven = <T>(value: T | undefined, make: (value: T) => Clause): Clause | undefined =>
  value === undefined ? undefined : make(value);

// --- changes

const nextRevision = clause('#revision = #revision + :one', { one: 1 });
const firstOrNextRevision = clause('#revision = if_not_exists(#revision, :none) + :one', { none: 0, one: 1 });

const { partitionKey: SHARD, sortKey: DUE } = TABLE.dueIndex;

const JOB_FACTS = ['jobAt', 'jobDue', 'jobSaidAt', 'jobNotes'];

function updateOf(change: Change, condition: Condition, key: SeatKey, shards: number): Update {
  switch (change.do) {
    case 'open': {
      const set = {
        ...sessionAttributes(change.session),
        ...attributes({ epoch: change.epoch, revision: 1, [SHARD]: shardOf(key, shards) }),
        ...ttlOf(change.session),
      };
      const remove = OPTIONAL.filter((name) => !(name in set));
      return both({ set, remove }, remembering(change, keepArrival));
    }
    case 'keep-word': {
      // Where a session was there, its epoch stays, and its item is kept for as long as it was to be.
      const isKept = condition.if === 'unchanged' && condition.epoch === change.epoch;
      const set = { ...attributes({ epoch: change.epoch }), ...(isKept ? {} : ttlWithoutSession(change.epoch)) };
      return both({ set, compute: [firstOrNextRevision] }, keepHeard(change.heard));
    }
    case 'renew':
      return both(renewal(change), remembering(change, keepOther));
    case 'end':
      return both(
        { set: endingAttributes(change.ended), compute: [nextRevision], remove: ['rung', SHARD, DUE, 'jobDue'] },
        remembering(change, keepTurn),
      );
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
  const { heardAt, pingedAt, activeAt, leaseAt, jobs, due, resumedAt, logon, idleAt, lingerAt } = change;
  const typed = change.userAsTyped;
  const lifted = Object.entries({ idleAt, lingerAt, typed }).flatMap(([name, at]) => (at === null ? [name] : []));
  const set = attributes({
    ...{ idleAt: idleAt ?? undefined, lingerAt: lingerAt ?? undefined },
    ...{ typed: typed ?? undefined, heardAt, pingedAt, activeAt, leaseAt, resumedAt, [DUE]: due },
    ...{ loggedOnAt: logon?.at, rememberedUntil: logon?.rememberedUntil },
    ...(jobs === undefined ? {} : { ...jobAttributes(jobs), jobAt: jobs.jobAt, jobDue: jobs.jobDue }),
  });
  return {
    set,
    compute: [nextRevision],
    remove: [
      ...lifted,
      ...(jobs === undefined ? [] : JOB_FACTS.filter((name) => !(name in set))),
      // Back from lingering it is active, which is what an item without a rung is.
      ...(resumedAt === undefined ? [] : ['rung']),
    ],
  };
}

/** What is remembered after a change: just this, where the item was read; else a word more than before. */
function remembering(change: Partial<Hearing>, keep: (word: NonNullable<Hearing['word']>) => Update): Update {
  if (change.heard !== undefined) return keepHeard(change.heard);
  return change.word === undefined ? {} : keep(change.word);
}

const both = (one: Update, other: Update): Update => ({
  set: { ...one.set, ...other.set },
  compute: [...(one.compute ?? []), ...(other.compute ?? [])],
  remove: [...(one.remove ?? []), ...(other.remove ?? [])],
});
