/** Panels on DynamoDB: one item a station, each write one conditional update. */

import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { present } from '../present.ts';
import type { PanelAnswer, Panels } from '../service/ports.ts';
import type { Occupant, Panel } from '../session/panel.ts';
import type { Latest } from '../session/seat.ts';
import { TABLE } from '../table.ts';
import type { EpochMs } from '../time.ts';
import { type Clause, clause, expressions, type Update } from './clauses.ts';
import { ask, askIf } from './faults.ts';
import { attributes, type Image, keyOf, numberOf, type Table, textIf, textOf, toEpochSeconds } from './items.ts';

const PORT = 'panel';

const panelKey = (station: string) => keyOf(`station#${station}`, 'panel');

const OCCUPANT = ['realm', 'user', 'epoch'] as const;
const LEFT = ['leftBy', 'leftRealm', 'leftUser', 'leftEpoch'] as const;

export function dynamoPanels({ client, name: TableName }: Table): Panels {
  return { occupy, read, leave, vacate };

  async function occupy({ realm, user, epoch }: Occupant, said: Latest, keepUntil: EpochMs): Promise<PanelAnswer> {
    const set = { ...attributes({ realm, user, epoch }), ...newest(said), ...ttlOf(keepUntil) };
    const written = await write(said.station, { set }, unlessLaterIsKnown(said));
    return written.won
      ? { won: true, previous: occupantOf(written.output.Attributes) }
      : { won: false, current: occupantOf(written.item) };
  }

  async function read(station: string): Promise<Panel> {
    const get = new GetItemCommand({ TableName, Key: panelKey(station), ConsistentRead: true });
    const { Item } = await ask(PORT, () => client.send(get));
    return present({ occupant: occupantOf(Item), left: leftOf(Item) });
  }

  async function leave(said: Latest, occupant: Occupant | undefined, keepUntil: EpochMs): Promise<boolean> {
    const { realm: leftRealm, user: leftUser, epoch: leftEpoch } = occupant ?? {};
    const left = attributes({ leftBy: said.id, leftRealm, leftUser, leftEpoch });
    const remove = LEFT.filter((name) => !(name in left));
    const set = { ...newest(said), ...left, ...ttlOf(keepUntil) };
    return (await write(said.station, { set, remove }, unlessLaterIsKnown(said))).won;
  }

  async function vacate(station: string, { realm, user, epoch }: Occupant): Promise<void> {
    await write(
      station,
      { remove: OCCUPANT },
      clause('#realm = :thatRealm AND #user = :thatUser AND #epoch = :thatEpoch', {
        thatRealm: realm,
        thatUser: user,
        thatEpoch: epoch,
      }),
    );
  }

  function write(station: string, update: Update, condition: Clause | undefined) {
    const command = new UpdateItemCommand({
      TableName,
      Key: panelKey(station),
      ...expressions(update, condition),
      ReturnValues: 'ALL_OLD',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return askIf(PORT, () => client.send(command));
  }
}

/** What the station dates is ordered by its dates; what it does not, by arrival. */
const unlessLaterIsKnown = ({ occurredAt }: Latest): Clause | undefined =>
  occurredAt === undefined
    ? undefined
    : clause('attribute_not_exists(#lastOccurredAt) OR #lastOccurredAt <= :saidAt', { saidAt: occurredAt });

const newest = ({ occurredAt }: Latest) => attributes({ lastOccurredAt: occurredAt });

const ttlOf = (keepUntil: EpochMs) => attributes({ [TABLE.ttl]: toEpochSeconds(keepUntil) });

function leftOf(item: Image | undefined): Panel['left'] {
  const id = item && textIf(item, 'leftBy');
  if (item === undefined || id === undefined) return undefined;
  if (textIf(item, 'leftUser') === undefined) return { id };
  const occupant = {
    realm: textOf(item, 'leftRealm'),
    user: textOf(item, 'leftUser'),
    epoch: numberOf(item, 'leftEpoch'),
  };
  return { id, occupant };
}

function occupantOf(item: Image | undefined): Occupant | undefined {
  if (item === undefined || textIf(item, 'user') === undefined) return undefined;
  return { realm: textOf(item, 'realm'), user: textOf(item, 'user'), epoch: numberOf(item, 'epoch') };
}
