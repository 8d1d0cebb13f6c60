/** A station's health as operators are shown it: a colour, and the sentence that explains it. */
import { assertNever } from '../assert.ts';
import { passedInShort } from '../command/lengths.ts';
import { present } from '../present.ts';
import type { Finding, Health, Known } from '../station/health.ts';
import type { Refusal } from '../station/refusals.ts';
import type { StationRecord } from '../station/stations.ts';
import { type EpochMs, since, toRfc3339 } from '../time.ts';
import { type Places, refusalView } from './refusal-view.ts';

export function healthView(health: Health, { station, there, told, caused }: Known, now: EpochMs) {
  const { state, finding, heardAt, sessions, endedBy } = health;
  const places: Places = new Map([[station.id, station]]);
  const [session] = there;
  return {
    state,
    ...sentenceOf(finding, { station, heardAt, now, places }),
    ...present({
      heardAt: heardAt && toRfc3339(heardAt),
      // At a panel one user stands.
      user: station.hasPanel ? session?.key.user : undefined,
    }),
    sessions,
    ended: { ...endedBy },
    refused: told.length,
    caused: caused.length,
  };
}

interface About {
  readonly station: StationRecord;
  readonly heardAt: EpochMs | undefined;
  readonly now: EpochMs;
  readonly places: Places;
}

interface Sentence {
  readonly why: string;
  /** What follows `npx curfew` to mend it, or to show more. */
  readonly command?: readonly string[];
}

function sentenceOf(finding: Finding | undefined, { station, heardAt, now, places }: About): Sentence {
  const ago = (at: EpochMs) => `${passedInShort(since(at, now))} ago, at ${toRfc3339(at)}`;
  const { id, realm } = station;
  const times = (n: number) => (n === 1 ? 'once' : `${n} times`);
  if (finding === undefined) {
    return { why: heardAt === undefined ? 'Nothing is known against it.' : `It was last heard ${ago(heardAt)}.` };
  }
  switch (finding.is) {
    case 'no-realm':
      return { why: `The realms file has no ${realm} any more: nobody can log in there.`, command: ['realms', 'show'] };
    case 'no-key':
      return { why: 'It has no key, and nothing has been heard of it.', command: ['stations', 'key', id] };
    case 'unproven':
      return {
        why: `It was refused ${ago(finding.last.at)}: ${viewOf(finding.last, places).why}.`,
        ...present({ command: viewOf(finding.last, places).command }),
      };
    case 'fell-silent': {
      const { last, caused } = finding;
      return {
        why:
          `It fell silent ${ago(last.session.heardAt)}: its session of ${last.name.user} ended by ${last.ended.reason}, ` +
          `nothing has been heard since, and ${last.name.user} was refused elsewhere ${times(caused)}.`,
        command: ['stations', 'show', id],
      };
    }
    case 'no-pings': {
      const { key, session } = finding.session;
      return {
        why: `It should ping, and was last heard ${ago(session.heardAt)}, while ${key.user} is logged in there.`,
        command: ['sessions', 'list', '--station', id],
      };
    }
    case 'holds-up': {
      const { key, session } = finding.session;
      return {
        why:
          `${key.user} is logged in there and was refused elsewhere ${times(finding.caused)} ` +
          `since it was last heard, ${ago(session.heardAt)}.`,
        command: ['explain', key.user],
      };
    }
    case 'left-open': {
      const { last } = finding;
      return {
        why:
          `It was last heard ${ago(last.session.heardAt)}: its session of ${last.name.user} ended by ${last.ended.reason}, ` +
          'which is rare there, and nothing has been heard since.',
        command: ['stations', 'show', id],
      };
    }
    case 'no-logouts':
      return {
        why: `None of its ${finding.sessions} sessions of the last day was ended by anybody there: its logouts may not arrive.`,
        command: ['stations', 'show', id],
      };
    case 'silent':
      return {
        why: `Nothing has been heard of it for ${passedInShort(since(finding.since, now))}.`,
        command: ['stations', 'show', id],
      };
    case 'at-fault':
      return {
        why: `It was refused ${ago(finding.last.at)}: ${viewOf(finding.last, places).why}.`,
        command: ['stations', 'show', id],
      };
    case 'never-heard':
      return {
        why: 'It is registered, and nothing has been heard of it in a week.',
        command: ['stations', 'show', id],
      };
    default:
      return assertNever(finding);
  }
}

const viewOf = (refusal: Refusal, places: Places) => refusalView(refusal, places);
