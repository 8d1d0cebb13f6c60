/** `curfew sessions end --station …`: every session of a station, a realm or a user, after a question with their number. */
import { randomUUID } from 'node:crypto';
import { present } from '../present.ts';
import { printable } from '../printable.ts';
import type { SessionShown } from './answers.ts';
import { type Api, pathOf } from './api.ts';
import { doneInView, isAgreed } from './many.ts';
import { demandKnown } from './names.ts';
import type { Surroundings, Told } from './operator-command.ts';
import { count } from './terminal.ts';

export interface Of {
  readonly station?: string;
  readonly realm?: string;
  readonly user?: string;
}

/** Those that hold a seat, and those that have lost theirs and could be made anew. */
const RUNGS = [undefined, 'failover', 'remembered'] as const;

export async function endMany(
  api: Api,
  of: Of,
  { reason, yes }: { readonly reason: string; readonly yes: boolean | undefined },
  surroundings: Surroundings,
): Promise<Told> {
  const lists = await Promise.all(
    RUNGS.map((rung) => api.list<SessionShown>('/v1/sessions', 'sessions', { query: present({ ...of, rung }) })),
  );
  const sessions = new Map(lists.flat().map((one) => [one.session, one]));
  const whose = printable(wordsOf(of));
  if (sessions.size === 0) {
    // A name that is none has no sessions either.
    await demandKnown(api, of);
    return { json: { found: 0, ended: 0, alreadyEnded: 0 }, text: `no session ${whose} goes on` };
  }
  const users = new Set([...sessions.values()].map(({ user, realm }) => JSON.stringify([realm, user])));
  const question = `End ${count(sessions.size, 'session')} of ${count(users.size, 'user')} ${whose}? Nothing brings them back.`;
  if (!(await isAgreed(surroundings, question, yes))) {
    return { json: { found: sessions.size, ended: 0, alreadyEnded: 0 }, text: 'no session was ended' };
  }
  const outcomes = { ended: 0, 'already-ended': 0 };
  await doneInView(surroundings, 'ended', [...sessions.keys()], async (session) => {
    const body = { reason, id: randomUUID() };
    const answer = await api.ask<{ outcome: keyof typeof outcomes }>('DELETE', pathOf('sessions', session), {
      body,
      also: [404],
    });
    // It is in no history any more: whoever asked, it is over.
    outcomes[answer.status === 404 ? 'already-ended' : answer.body.outcome]++;
  });
  const already = outcomes['already-ended'];
  return {
    json: { found: sessions.size, ended: outcomes.ended, alreadyEnded: already },
    text: `${count(outcomes.ended, 'session')} ${whose} ended${already === 0 ? '' : `; ${already} had ended meanwhile`}`,
  };
}

/** `at lib-3 in campus-print of ana`. */
const wordsOf = ({ station, realm, user }: Of): string =>
  [
    station === undefined ? '' : `at ${station}`,
    realm === undefined ? '' : `in ${realm}`,
    user === undefined ? '' : `of ${user}`,
  ]
    .filter((words) => words !== '')
    .join(' ');
