/** The JSON Schema of the realms file, by which editors complete and check it. Made from what `readRealms` checks by. */
import * as z from 'zod/mini';
import { realmName } from '../names.ts';
import { PROFILES, type RealmText, realmText } from '../realms/realm-text.ts';
import { dialectText } from '../soap/dialect-text.ts';

const DESCRIPTIONS: { readonly [Field in keyof RealmText]-?: string } = {
  profile: 'Which defaults the realm starts from: those of a printer fleet, or those of an enterprise portal.',
  seats: 'Sessions that a user may hold at once: 1 is exclusive.',
  idle: 'How long a session stays active past its user’s last activity. Counts only at stations registered with reportsActivity.',
  whenIdle: 'Whether an idle session ends, or lingers until its lease runs out; a lingering one resumes on activity.',
  ping: 'How often stations ping; "off" where they cannot. The lease must be longer, and better be twice as long.',
  lease:
    'How long a session holds its seat past its station’s last sign of life: a login, ping, activity or job event.',
  failover:
    'How long after its lease a session is still made anew on activity, its seat free meanwhile; "off" for not at all. Not at a panel.',
  logonToken:
    'How long after logon a user is logged on again without being asked, once the rungs above are over; "off" for not at all. Not at a panel.',
  maximum:
    'How long a session holds its seat past its opening, whatever its station says: a cap, after which there is no failover. Never shorter than the lease.',
  job: 'While a job runs, idle and lease wait, this long at most from its start; "off" if they never wait.',
  takeOver:
    'When all seats of a user are taken: refuse the login, offer to end another session, or replace the one longest unheard.',
  users:
    'Who is the same person: whether case matters in their names, and the realm’s own domains, with which and without which a name is one.',
  sweep:
    'How finely each change of rung is announced, ten minutes at most. When a seat becomes free does not depend on it.',
  retention: 'How long an ended session stays in history.',
  secretUrls:
    'Whether stations may be registered that prove who they are by a secret URL, for firmware that can do nothing else.',
  stations: 'Stations with an idle time of their own, by their ids. Web applications of one realm had better agree.',
  webhook:
    'Who is told by HTTPS what has become of sessions, signed as Standard Webhooks say: all events, or those in `events`. A higher `generation` makes another secret.',
};

/** Ready to be written to a file; in draft 7, the newest that editors keep in full. */
export function realmsSchema(): object {
  const file = z.strictObject({
    $schema: z.optional(z.string()),
    realms: z.record(realmName, realmText),
    dialects: z.optional(z.record(realmName, dialectText)),
  });
  const notes = z.registry<Record<string, unknown>>();
  notes.add(file, { title: 'The realms file of Curfew' });
  notes.add(file.shape.$schema, { description: 'Where an editor finds this schema.' });
  notes.add(file.shape.realms, { description: 'Each realm by its name, and its policy.', minProperties: 1 });
  notes.add(file.shape.dialects, {
    description:
      'Each dialect by its name, beside those that are shipped: how SOAP messages become events. See docs/dialects.md.',
  });
  notes.add(realmText, { description: 'A realm’s policy. The profile gives every field its default.' });
  for (const field of Object.keys(realmText.shape) as (keyof RealmText)[]) {
    notes.add(realmText.shape[field], noteOf(field));
  }
  return z.toJSONSchema(file, { target: 'draft-07', metadata: notes });
}

/** What an editor shows of the field, and offers for it where a pattern is all that it knows. */
function noteOf(field: keyof RealmText): Record<string, unknown> {
  if (field === 'profile') return { description: DESCRIPTIONS.profile };
  if (field === 'stations') {
    return { description: `${DESCRIPTIONS.stations} Default: {}.`, examples: [{ portal: { idle: '30m' } }] };
  }
  if (field === 'webhook') {
    const url = 'https://gateway.example.org/curfew';
    return {
      description: `${DESCRIPTIONS.webhook} Default: none.`,
      examples: [{ url }, { url, events: ['session.ended'] }],
    };
  }
  if (field === 'users') {
    const domains = ['CORP', 'corp.example'];
    return {
      description: `${DESCRIPTIONS.users} Default: {"case": "ignore", "domains": []}.`,
      examples: [{ domains }, { case: 'exact' }],
    };
  }
  const examples = [...new Set(Object.values(PROFILES).map((profile) => profile[field]))];
  const defaults = Object.values(PROFILES).map((profile) => `${JSON.stringify(profile[field])} (${profile.profile})`);
  const told = examples.length === 1 ? JSON.stringify(examples[0]) : defaults.join(', ');
  return { description: `${DESCRIPTIONS[field]} Default: ${told}.`, examples };
}
