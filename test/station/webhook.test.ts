import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readRealms } from '../../lib/realms/realms-file.ts';
import { type Masters, webhookSecrets } from '../../lib/station/keys.ts';
import { signatureIn } from '../../lib/station/proof.ts';
import { pauseAfter, TRIES_MAX, type WebhookRequest } from '../../lib/station/webhook.ts';
import { createDelivery, type Tried } from '../../lib/station/webhook-delivery.ts';
import { after, type DurationMs, HOUR, MINUTE } from '../../lib/time.ts';
import { NOON } from '../contract/sessions.ts';
import { delivery } from '../support/callers.ts';

const FIRST = 'the first master secret of this deployment';
const SECOND = 'the second master secret of this deployment';
const URL = 'https://gateway.example.org/curfew?site=1';

/** The library that a receiver would use has no clock but the machine's. */
let now = NOON;
beforeEach(() => {
  now = NOON;
  vi.useFakeTimers({ toFake: ['Date'], now });
});
afterEach(() => void vi.useRealTimers());
function later(length: DurationMs): void {
  now = after(now, length);
  vi.setSystemTime(now);
}

const realmsWith = (webhook: object | null) =>
  readRealms(JSON.stringify({ realms: { campus: { profile: 'release-station', ...(webhook && { webhook }) } } }))
    .realms;

const ended = {
  id: '1.0.campus.YW5h#ended',
  session: '1.0.campus.YW5h',
  realm: 'campus',
  user: 'ana',
  station: 'lib-1',
  at: '2026-11-19T13:59:59.000Z',
  reason: 'lease',
  allowCurrentJob: true,
};
const event = (detail: object = ended, type = 'session.ended') =>
  JSON.stringify({ version: '0', id: 'envelope', source: 'curfew', 'detail-type': type, detail });

interface Given {
  /** `null` for none. */
  readonly webhook?: object | null;
  /** A status, or what is thrown. */
  readonly answers?: readonly (number | Error)[];
  readonly masters?: Masters;
}

/** What takes messages and posts them, to a receiver that answers so, the last one again and again. */
function desk({ webhook = { url: URL }, answers = [204], masters = { current: FIRST } }: Given = {}) {
  const posted: WebhookRequest[] = [];
  const postponed: { receipt: string; pause: DurationMs }[] = [];
  const buried: { text: string; why: string }[] = [];
  const tried: Tried[] = [];
  const complaints: string[] = [];
  const deliver = createDelivery({
    realms: realmsWith(webhook),
    master: async () => masters,
    clock: () => now,
    post: async (request) => {
      posted.push(request);
      const answer = answers[Math.min(posted.length, answers.length) - 1];
      if (typeof answer !== 'number') throw answer;
      return answer;
    },
    queue: {
      postpone: async (receipt, pause) => void postponed.push({ receipt, pause }),
      bury: async (text, why) => void buried.push({ text, why }),
    },
    observe: (one) => void tried.push(one),
    complain: (message) => void complaints.push(message),
  });
  return {
    posted,
    postponed,
    buried,
    tried,
    complaints,
    deliver: (text = event(), tries = 1) => deliver({ text, receipt: 'r-1', tries }),
  };
}

const verified = ({ headers, body }: WebhookRequest, secret: string) =>
  new Webhook(secret).verify(body, { ...headers });
const secretOf = (masters: Masters, generation = 1) => webhookSecrets(masters, 'campus', generation)[0] ?? '';

/** A fault of the network, as `fetch` tells it. */
const fault = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });

describe('an event that a realm wants told', () => {
  test('is sent as Standard Webhooks recommend, and their library verifies it', async () => {
    const { deliver, posted } = desk();
    expect(await deliver()).toBe(true);
    const [request] = posted as [WebhookRequest];
    expect(request).toMatchObject({ url: URL, headers: { 'content-type': 'application/json' } });
    expect(verified(request, secretOf({ current: FIRST }))).toEqual({
      type: 'session.ended',
      timestamp: '2026-11-19T13:59:59.000Z',
      data: ended,
    });
  });

  test('is understood by what understands stations', async () => {
    const { deliver, posted } = desk();
    await deliver();
    const { headers = {}, body, id } = posted[0] ?? {};
    expect(signatureIn(delivery(headers, body === undefined ? {} : { body }), now)).toMatchObject({ id, at: NOON });
  });

  test('names in no header whose session it is', async () => {
    const { deliver, posted } = desk();
    await deliver();
    expect(posted[0]?.id).toMatch(/^msg_[\w-]{27}$/);
    expect(JSON.stringify(posted[0]?.headers)).not.toContain('YW5h');
  });

  test('has another id than any other event has', async () => {
    const { deliver, posted } = desk();
    for (const id of ['1.0.campus.YW5h#ended', '1.0.campus.YW5h#opened', '1.1.campus.YW5h#ended']) {
      await deliver(event({ ...ended, id }));
    }
    expect(new Set(posted.map(({ id }) => id)).size).toBe(3);
  });

  test.each([200, 201, 202, 204, 299])('is told once it is answered %i', async (status) => {
    const { deliver, postponed, buried } = desk({ answers: [status] });
    expect(await deliver()).toBe(true);
    expect([postponed, buried]).toEqual([[], []]);
  });
});

describe('an event that is not taken', () => {
  test.each([
    [500, 500],
    [429, 429],
    [404, 404],
    // To follow it would be to send what we sign to whoever is named there.
    [302, 302],
    [new DOMException('The operation was aborted due to timeout', 'TimeoutError'), 'TimeoutError'],
    [fault('ECONNREFUSED'), 'ECONNREFUSED'],
    [fault('CERT_HAS_EXPIRED'), 'CERT_HAS_EXPIRED'],
  ])('(%s) is tried again, under the same id and signed anew', async (answer, told) => {
    const { deliver, posted, postponed, tried } = desk({ answers: [answer, 200] });
    expect(await deliver(event(), 1)).toBe(false);
    expect(postponed).toEqual([{ receipt: 'r-1', pause: 5_000 }]);
    later(HOUR);
    expect(await deliver(event(), 2)).toBe(true);
    const [first, second] = posted as [WebhookRequest, WebhookRequest];
    expect([second.id, second.body]).toEqual([first.id, first.body]);
    expect(second.headers['webhook-timestamp']).toBe(String((NOON + HOUR) / 1_000));
    expect(verified(second, secretOf({ current: FIRST }))).toMatchObject({ data: { reason: 'lease' } });
    // What a receiver would have said of the first one by now.
    expect(() => verified(first, secretOf({ current: FIRST }))).toThrow('too old');
    expect(tried).toEqual([
      { realm: 'campus', id: first.id, tries: 1, answer: told },
      { realm: 'campus', id: first.id, tries: 2, answer: 200 },
    ]);
  });

  test('is tried again after twice as long each time, for most of a day', () => {
    const pauses = Array.from({ length: TRIES_MAX - 1 }, (_, n) => pauseAfter(n + 1));
    expect(pauses.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000]);
    const all = pauses.reduce((sum, pause) => sum + pause, 0);
    expect(all).toBe(22 * HOUR + 45 * MINUTE + 15_000);
    // SQS refuses more than its twelve hours.
    expect(Math.max(...pauses, pauseAfter(99))).toBeLessThan(12 * HOUR);
  });

  test('is a dead letter after the last try, which says what the last answer was', async () => {
    const { deliver, postponed, buried } = desk({ answers: [503] });
    expect(await deliver(event(), TRIES_MAX - 1)).toBe(false);
    expect(await deliver(event(), TRIES_MAX)).toBe(true);
    expect(postponed).toHaveLength(1);
    expect(buried).toEqual([{ text: event(), why: 'not taken in 15 tries; the last was answered 503' }]);
  });

  test('is a dead letter at once where the receiver is gone for good', async () => {
    const { deliver, postponed, buried } = desk({ answers: [410] });
    expect(await deliver()).toBe(true);
    expect(postponed).toEqual([]);
    expect(buried).toEqual([{ text: event(), why: 'the receiver answered 410 Gone: it wants no more' }]);
  });

  test('comes again where the queue does not answer, or the master secret', async () => {
    const parts = { realms: realmsWith({ url: URL }), clock: () => now, observe: () => {}, complain: vi.fn() };
    const away = () => Promise.reject(new Error('away'));
    const queue = { postpone: away, bury: away };
    const waiting = { text: event(), receipt: 'r', tries: 1 };
    const master = async () => ({ current: FIRST });
    expect(await createDelivery({ ...parts, queue, master, post: async () => 410 })(waiting)).toBe(false);
    expect(await createDelivery({ ...parts, queue, master, post: async () => 500 })(waiting)).toBe(false);
    expect(await createDelivery({ ...parts, queue, master: away, post: async () => 200 })(waiting)).toBe(false);
    expect(parts.complain).toHaveBeenCalledTimes(3);
  });
});

describe('nothing is sent', () => {
  test.each([
    ['of a realm that has no webhook', null, event()],
    ['of another realm', { url: URL }, event({ ...ended, realm: 'elsewhere' })],
    [
      'of an event that the realm does not name',
      { url: URL, events: ['session.ended'] },
      event(ended, 'session.opened'),
    ],
  ])('%s', async (_, webhook, text) => {
    const { deliver, posted, buried } = desk({ webhook });
    expect(await deliver(text)).toBe(true);
    expect([posted, buried]).toEqual([[], []]);
  });

  test.each(['', 'x', '[]', '{"detail-type":"session.ended"}', event({ id: 7 })])(
    'of what is no event: it is a dead letter (%s)',
    async (text) => {
      const { deliver, posted, buried } = desk();
      expect(await deliver(text)).toBe(true);
      expect(posted).toEqual([]);
      expect(buried).toEqual([{ text, why: 'it is no event of a session' }]);
    },
  );
});

describe('a receiver understands with the secret that it was given', () => {
  test('before, while and after the master secret changes once', async () => {
    const before = secretOf({ current: FIRST });
    const newer = secretOf({ current: SECOND, previous: FIRST });
    for (const masters of [
      { current: FIRST },
      // For minutes keys are still made of the one before, while both are there.
      { current: FIRST, previous: SECOND },
      { current: SECOND, previous: FIRST },
    ]) {
      const { deliver, posted } = desk({ masters });
      await deliver();
      const [request] = posted as [WebhookRequest];
      expect(verified(request, before)).toBeDefined();
      if (masters.previous !== undefined) expect(verified(request, newer)).toBeDefined();
    }
  });

  test('while the realms file asks for the next one, and no longer than that', async () => {
    const masters = { current: FIRST };
    const secrets = [1, 2, 3].map((generation) => secretOf(masters, generation));
    expect(new Set(secrets).size).toBe(3);
    const { deliver, posted } = desk({ masters, webhook: { url: URL, generation: 3 } });
    await deliver();
    const [request] = posted as [WebhookRequest];
    expect(verified(request, secrets[2] ?? '')).toBeDefined();
    expect(verified(request, secrets[1] ?? '')).toBeDefined();
    expect(() => verified(request, secrets[0] ?? '')).toThrow();
  });

  test('and with no secret of another realm, nor one that anybody can make without a master', async () => {
    const { deliver, posted } = desk({ webhook: { url: URL, generation: 1 } });
    await deliver();
    const [request] = posted as [WebhookRequest];
    expect(request.headers['webhook-signature']?.split(' ')).toHaveLength(1);
    const [other = ''] = webhookSecrets({ current: FIRST }, 'elsewhere', 1);
    expect(() => verified(request, other)).toThrow();
  });
});
