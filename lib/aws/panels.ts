/** Panels on DynamoDB: one item a station, each write one conditional update. What the law of panels says, in sentences about the item. */
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { assertNever } from '../assert.ts';
import { present } from '../present.ts';
import type { Panels } from '../service/ports.ts';
import { CLOCK_MARGIN } from '../session/ladder.ts';
import {
  EMPTY_PANEL,
  type Leaver,
  type Occupant,
  type Panel,
  type PanelAttempt,
  type PanelChange,
  type PanelCondition,
  type Slot,
} from '../session/panel.ts';
import { markOf } from '../session/word.ts';
import { TABLE } from '../table.ts';
import { before, type EpochMs, epochMs } from '../time.ts';
import { allOf, type Clause, clause, type Update } from './clauses.ts';
import { ask } from './faults.ts';
import { heardOnPanel, isNewsOnPanel, keepTurn, NOBODY } from './heard.ts';
import {
  attributes,
  type Image,
  keyOf,
  numberIf,
  numberOf,
  type Table,
  textIf,
  textOf,
  toEpochSeconds,
} from './items.ts';
import { once } from './once.ts';

const PORT = 'panel';

const panelKey = (station: string) => keyOf(`${TABLE.partitions.station}${station}`, 'panel');

const OCCUPANT = ['realm', 'user', 'epoch'] as const;

/** How the attributes begin of somebody who has left: `leftUser`. */
const BEGINNING = { leaver: 'left', displaced: 'prev' } as const satisfies { readonly [S in Slot]: string };
type Beginning = (typeof BEGINNING)[Slot];

export function dynamoPanels(table: Table): Panels {
  const { client, name: TableName } = table;

  return {
    async read(station) {
      const get = new GetItemCommand({ TableName, Key: panelKey(station), ConsistentRead: true });
      const { Item } = await ask(PORT, () => client.send(get));
      return panelIn(Item, station);
    },
    async write(station, { condition, change }: PanelAttempt) {
      const written = await once(table, PORT, {
        key: panelKey(station),
        update: updateOf(change),
        condition: conditionOf(condition),
        tokenName: 'w',
      });
      return { won: written.won, panel: panelIn(written.item, station) };
    },
  };
}

// --- conditions

function conditionOf(condition: PanelCondition): Clause {
  switch (condition.if) {
    case 'news': {
      const { word, unless, settled } = condition;
      return allOf(
        isNewsOnPanel(word),
        unless &&
          clause('NOT (#realm = :itsRealm AND #user = :itsUser)', { itsRealm: unless.realm, itsUser: unless.user }),
        nothingIsOwed('left', settled),
        nothingIsOwed('prev', settled),
      );
    }
    case 'there': {
      const { person, word } = condition;
      const isThere = clause('#realm = :itsRealm AND #user = :itsUser', {
        itsRealm: person.realm,
        itsUser: person.user,
      });
      return allOf(isThere, word && isNewsOnPanel(word));
    }
    case 'unheard':
      return isNewsOnPanel(condition.word);
    case 'owed': {
      const slot = BEGINNING[condition.slot];
      return clause(`${isOwed(slot)} AND #${slot}By = :thatWord`, {
        yes: true,
        nobody: NOBODY,
        thatWord: condition.by,
      });
    }
    case 'owed-for': {
      const { session } = condition;
      const slot = BEGINNING[condition.slot];
      return clause(
        `#${slot}Owed = :yes AND #${slot}Realm = :itsRealm AND #${slot}User = :itsUser AND #${slot}Epoch <= :itsEpoch AND #${slot}At >= :opened`,
        {
          itsEpoch: session.epoch,
          yes: true,
          itsRealm: session.realm,
          itsUser: session.user,
          opened: before(epochMs(session.epoch), CLOCK_MARGIN),
        },
      );
    }
    case 'shows': {
      const { realm, user, epoch } = condition.session;
      return clause('#realm = :itsRealm AND #user = :itsUser AND #epoch <= :itsEpoch', {
        itsRealm: realm,
        itsUser: user,
        itsEpoch: epoch,
      });
    }
    default:
      return assertNever(condition);
  }
}

const isOwed = (slot: Beginning): string => `#${slot}Owed = :yes AND #${slot}User <> :nobody`;
const nothingAtAll = (slot: Beginning): Clause => clause(`NOT (${isOwed(slot)})`, { yes: true, nobody: NOBODY });
const NOTHING_IS_OWED = { left: nothingAtAll('left'), prev: nothingAtAll('prev') };

/** Nobody has left here whose session may still be open, but by these words. Where nobody was there, nobody has. */
function nothingIsOwed(slot: Beginning, settled: readonly string[]): Clause {
  if (settled.length === 0) return NOTHING_IS_OWED[slot];
  const names = settled.map((_, n) => `:settled${n}`);
  const values = Object.fromEntries(settled.map((mark, n) => [`settled${n}`, mark]));
  const unless = `#${slot}By IN (${names.join(', ')})`;
  return clause(`NOT (${isOwed(slot)} AND NOT ${unless})`, { yes: true, nobody: NOBODY, ...values });
}

// --- changes

function updateOf(change: PanelChange): Update {
  switch (change.do) {
    case 'arrive': {
      const { realm, user, epoch } = change.occupant;
      return heeding(change, leaving('displaced', change, { set: attributes({ realm, user, epoch }) }));
    }
    case 'leave':
      return heeding(change, leaving('leaver', change, { remove: OCCUPANT }));
    case 'stay':
      return heeding(change, { set: attributes({ epoch: change.epoch }) });
    case 'hear':
      return heeding(change, {});
    case 'settle':
      return { set: attributes({ [`${BEGINNING[change.slot]}Owed`]: false }) };
    case 'vacate':
      return { remove: OCCUPANT };
    default:
      return assertNever(change);
  }
}

const whoWasThere = (name: Beginning): Clause =>
  clause(
    `#${name}Realm = if_not_exists(#realm, :nobody), #${name}User = if_not_exists(#user, :nobody), ` +
      `#${name}Epoch = if_not_exists(#epoch, :none)`,
    { nobody: NOBODY, none: 0 },
  );
const WHO_WAS_THERE = { left: whoWasThere('left'), prev: whoWasThere('prev') };

/** In an update an attribute on the right is the item as it was: the one who was there. */
function leaving(slot: Slot, { word, now }: Extract<PanelChange, { do: 'arrive' | 'leave' }>, update: Update): Update {
  const name = BEGINNING[slot];
  return {
    ...update,
    set: { ...update.set, ...attributes({ [`${name}By`]: markOf(word), [`${name}At`]: now, [`${name}Owed`]: true }) },
    compute: [WHO_WAS_THERE[name]],
  };
}

function heeding(
  { word, keepUntil }: Partial<Pick<Extract<PanelChange, { do: 'hear' }>, 'word' | 'keepUntil'>>,
  update: Update,
): Update {
  if (word === undefined || keepUntil === undefined) return update;
  const heard = keepTurn(word);
  return {
    set: { ...update.set, ...heard.set, ...ttlOf(keepUntil) },
    compute: [...(update.compute ?? []), ...(heard.compute ?? [])],
    // Version 0.1.0's date, where there is a newer one.
    remove: [...(update.remove ?? []), ...(word.at === undefined ? [] : ['lastOccurredAt'])],
  };
}

const ttlOf = (keepUntil: EpochMs) => attributes({ [TABLE.ttl]: toEpochSeconds(keepUntil) });

// --- reading

function panelIn(item: Image | undefined, station: string): Panel {
  if (item === undefined) return EMPTY_PANEL;
  return {
    ...present({
      occupant: occupantIn(item),
      leaver: leaverIn(item, 'leaver', station),
      displaced: leaverIn(item, 'displaced', station),
    }),
    heard: heardOnPanel(item, station),
  };
}

function occupantIn(item: Image): Occupant | undefined {
  if (textIf(item, 'user') === undefined) return undefined;
  return { realm: textOf(item, 'realm'), user: textOf(item, 'user'), epoch: numberOf(item, 'epoch') };
}

/** Version 0.1.0 kept who left, and by which delivery (a boot's seldom is), but not when, and owed nothing. */
function leaverIn(item: Image, slot: Slot, station: string): Leaver | undefined {
  const name = BEGINNING[slot];
  const user = textIf(item, `${name}User`);
  if (user === undefined || user === NOBODY) return undefined;
  const epoch = numberOf(item, `${name}Epoch`);
  const leftAt = numberIf(item, `${name}At`);
  const by = textOf(item, `${name}By`);
  return {
    realm: textOf(item, `${name}Realm`),
    user,
    epoch,
    by: leftAt === undefined ? markOf({ station, type: 'logout', id: by }) : by,
    leftAt: epochMs(leftAt ?? epoch),
    isOwed: item[`${name}Owed`]?.BOOL === true,
  };
}
