import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { Proof } from '../../lib/station/stations.ts';
import { after, type EpochMs, MINUTE } from '../../lib/time.ts';
import { at, NOON } from '../contract/sessions.ts';
import { basic, bearer, CURRENT, delivery, desk, PREVIOUS } from '../support/callers.ts';
import { CERTIFICATE, FINGERPRINT, OTHER_CERTIFICATE } from '../support/certificates.ts';

/** Signs as a sender would that this project did not write. */
function signed(key: string, sentAt: EpochMs, body = '{"type":"boot"}', id = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W') {
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAt / 1_000)),
    'webhook-signature': new Webhook(key).sign(id, new Date(sentAt), body),
  };
  return delivery(headers, { body });
}

/** A key as its station is told to bring it. */
const brought: Record<Proof, (key: string, now: EpochMs) => ReturnType<typeof delivery>> = {
  bearer: (key) => delivery(bearer(key)),
  basic: (key) => delivery(basic('lib-1', key)),
  url: (key) => delivery({}, { urlKey: key }),
  // By its bytes, where it is none that signs.
  signature: (key, now) =>
    signed(`whsec_${Buffer.from(key.replace(/^(?:whsec|curfew_\d+)_/, ''), 'base64').toString('base64')}`, now),
};
const proofs = Object.keys(brought) as Proof[];

describe.each(proofs)('a station that proves itself by %s', (proof) => {
  test('is known by its key', async () => {
    const { register, issue, callerOf } = desk();
    await register(NOON, { proof });
    const key = await issue(NOON);
    expect((await callerOf(brought[proof](key, NOON), NOON))?.station.id).toBe('lib-1');
  });

  test('is known by no other way of proving', async () => {
    const { register, issue, callerOf } = desk();
    await register(NOON, { proof });
    const key = await issue(NOON);
    for (const other of proofs.filter((name) => name !== proof)) {
      await register(NOON, { proof: other });
      const keyOfOther = await issue(NOON);
      await register(NOON, { proof });
      for (const wrong of [brought[other](key, NOON), brought[other](keyOfOther, NOON)]) {
        expect(await callerOf(wrong, at(400))).toBeUndefined();
      }
    }
  });

  test('is another after a change of proof, and its old key is nobody’s', async () => {
    const { register, issue, callerOf } = desk();
    await register(NOON, { proof });
    const key = await issue(NOON);
    for (const other of proofs.filter((name) => name !== proof)) {
      await register(NOON, { proof: other });
      for (const way of proofs) expect(await callerOf(brought[way](key, at(300)), at(300))).toBeUndefined();
    }
  });

  test('changes its key between two requests, and neither is refused', async () => {
    const { register, issue, callerOf } = desk();
    await register(NOON, { proof });
    const first = await issue(NOON);
    expect(await callerOf(brought[proof](first, NOON), NOON)).toBeDefined();
    const second = await issue(at(1), { previousUntil: at(1_000) });
    // The container still goes by what it read before.
    for (const key of [second, first, second, first]) {
      expect(await callerOf(brought[proof](key, at(2)), at(2))).toBeDefined();
    }
    expect(await callerOf(brought[proof](first, at(999)), at(999))).toBeDefined();
    expect(await callerOf(brought[proof](first, at(1_000)), at(1_000))).toBeUndefined();
    expect(await callerOf(brought[proof](second, at(1_000)), at(1_000))).toBeDefined();
  });

  test('is refused the key before the one before', async () => {
    const { register, issue, callerOf } = desk();
    await register(NOON, { proof });
    const keys = [await issue(NOON), await issue(NOON), await issue(NOON)];
    const opens = await Promise.all(keys.map(async (key) => Boolean(await callerOf(brought[proof](key, NOON), NOON))));
    expect(opens).toEqual([false, true, true]);
  });

  test('is refused a revoked key, at once where it is not remembered and after 300 seconds where it is', async () => {
    const { stations, register, issue, callerOf } = desk();
    await register(NOON, { proof });
    const key = await issue(NOON);
    expect(await callerOf(brought[proof](key, NOON), NOON)).toBeDefined();
    await stations.revokeKeys('lib-1');
    expect(await callerOf(brought[proof](key, at(299)), at(299))).toBeDefined();
    expect(await callerOf(brought[proof](key, at(300)), at(300))).toBeUndefined();
    const next = await issue(at(301));
    expect(await callerOf(brought[proof](next, at(301)), at(301))).toBeDefined();
    expect(await callerOf(brought[proof](key, at(301)), at(301))).toBeUndefined();
  });

  test('is known again at once when it was removed and registered anew, and by no old key', async () => {
    const { stations, register, issue, callerOf } = desk();
    await register(NOON, { proof });
    const old = await issue(NOON);
    expect(await callerOf(brought[proof](old, NOON), NOON)).toBeDefined();
    await stations.remove('lib-1');
    await register(at(1), { proof });
    const key = await issue(at(1));
    expect(await callerOf(brought[proof](key, at(1)), at(1))).toBeDefined();
    expect(await callerOf(brought[proof](old, at(1)), at(1))).toBeUndefined();
  });

  test('is known by keys of both masters, and by no other', async () => {
    const { register, issue, callerOf } = desk();
    await register(NOON, { proof });
    const both = { current: CURRENT, previous: PREVIOUS };
    for (const by of [{ current: CURRENT }, { current: PREVIOUS }, both]) {
      const key = await issue(NOON, { by });
      expect(await callerOf(brought[proof](key, NOON), NOON, both)).toBeDefined();
      expect(await callerOf(brought[proof](key, NOON), NOON, { current: 'x'.repeat(32) })).toBeUndefined();
    }
  });

  test('must bring the certificate that it is bound to', async () => {
    const { register, issue, callerOf } = desk();
    await register(NOON, { proof, certificate: FINGERPRINT });
    const proven = brought[proof](await issue(NOON), NOON);
    const ask = (certificate: string | undefined) =>
      callerOf(certificate === undefined ? proven : { ...proven, certificate }, NOON);
    expect((await ask(CERTIFICATE))?.station.id).toBe('lib-1');
    for (const wrong of [undefined, '', 'nonsense', OTHER_CERTIFICATE, FINGERPRINT]) {
      expect(await ask(wrong)).toBeUndefined();
    }
  });

  test('is not known by a certificate alone', async () => {
    const { register, callerOf } = desk();
    await register(NOON, { proof, certificate: FINGERPRINT });
    expect(await callerOf({ ...delivery(), certificate: CERTIFICATE }, NOON)).toBeUndefined();
  });

  test('costs one read in five minutes', async () => {
    const { register, issue, callerOf, reads } = desk();
    await register(NOON, { proof });
    const key = await issue(NOON);
    for (const second of [0, 60, 120, 180, 240]) await callerOf(brought[proof](key, at(second)), at(second));
    expect(reads).toEqual(['lib-1']);
  });
});

test('a key that was never issued costs no read, for a station that is registered and for one that is not', async () => {
  const { register, issue, callerOf, reads } = desk();
  await register(NOON);
  const wrong = `${(await issue(NOON)).slice(0, -3)}AAA`;
  for (const station of ['lib-1', 'nowhere']) {
    for (const claim of [
      delivery(bearer(wrong), { station }),
      delivery(basic(station, wrong), { station }),
      delivery({}, { station, urlKey: wrong }),
      delivery({}, { station }),
    ]) {
      expect(await callerOf(claim, NOON)).toBeUndefined();
    }
  }
  expect(reads).toEqual([]);
});

test('a wrong signature costs the station’s own read, once in ten seconds, as often as one for a station that is not registered', async () => {
  const { register, issue, callerOf, reads } = desk();
  await register(NOON, { proof: 'signature' });
  await issue(NOON);
  const wrong = `whsec_${Buffer.alloc(32).toString('base64')}`;
  for (const second of [0, 1, 9, 10, 11]) {
    for (const station of ['lib-1', 'nowhere']) {
      expect(await callerOf({ ...signed(wrong, at(second)), station }, at(second))).toBeUndefined();
    }
  }
  expect(reads.sort()).toEqual(['lib-1', 'lib-1', 'nowhere', 'nowhere']);
});

test('an old key costs no read of its own', async () => {
  const { register, issue, callerOf, reads } = desk();
  await register(NOON);
  const old = await issue(NOON);
  const key = await issue(NOON, { previousUntil: NOON });
  await callerOf(delivery(bearer(key)), NOON);
  for (let n = 0; n < 10; n += 1) expect(await callerOf(delivery(bearer(old)), NOON)).toBeUndefined();
  expect(reads).toHaveLength(1);
});

describe('HTTP Basic', () => {
  const proven = async () => {
    const { register, issue, callerOf } = desk();
    await register(NOON, { proof: 'basic' });
    const key = await issue(NOON);
    return { key, ask: (authorization: string) => callerOf(delivery({ authorization }), NOON) };
  };

  test('asks for the station’s id as the user', async () => {
    const { key, ask } = await proven();
    for (const user of ['', 'lib-2', 'LIB-1', 'lib-1 ']) {
      expect(await ask(basic(user, key).authorization)).toBeUndefined();
    }
    expect(await ask(basic('lib-1', key).authorization)).toBeDefined();
  });

  test('is known however its scheme is written', async () => {
    const { key, ask } = await proven();
    const [, credentials = ''] = basic('lib-1', key).authorization.split(' ');
    expect(await ask(`basic ${credentials}`)).toBeDefined();
    expect(await ask(`BASIC  ${credentials}`)).toBeDefined();
    for (const wrong of [
      'Basic',
      'Basic ',
      `Basic${credentials}`,
      `Digest ${credentials}`,
      'Basic ====',
      'Basic lib-1',
    ]) {
      expect(await ask(wrong)).toBeUndefined();
    }
  });
});

describe('a secret URL', () => {
  test('opens only in a realm that allows it', async () => {
    const { register, issue, callerOf } = desk();
    await register(NOON, { proof: 'url', realm: 'careful' });
    const urlKey = await issue(NOON);
    expect(await callerOf(delivery({}, { urlKey }), NOON)).toBeUndefined();
    await register(NOON, { proof: 'url', realm: 'gone' });
    expect(await callerOf(delivery({}, { urlKey }), at(300))).toBeUndefined();
    await register(NOON, { proof: 'url' });
    expect(await callerOf(delivery({}, { urlKey }), at(600))).toBeDefined();
  });
});

describe('a signature', () => {
  const proven = async () => {
    const { register, issue, callerOf } = desk();
    await register(NOON, { proof: 'signature' });
    return { key: await issue(NOON), callerOf };
  };

  test('tells the delivery’s id and its instant', async () => {
    const { key, callerOf } = await proven();
    expect((await callerOf(signed(key, at(-7)), NOON))?.signed).toEqual({
      id: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
      at: at(-7),
    });
  });

  test.each([0, -300, 300, -299.5, 299.5])('of %d seconds from now is good', async (seconds) => {
    const { key, callerOf } = await proven();
    expect(await callerOf(signed(key, at(seconds)), NOON)).toBeDefined();
  });

  test.each([-301, 301, -86_400, 86_400])('of %d seconds from now is not', async (seconds) => {
    const { key, callerOf } = await proven();
    expect(await callerOf(signed(key, at(seconds)), NOON)).toBeUndefined();
  });

  test.each(['', 'a', '{"user":"Ånä \u{1f5a8}"}', '<soap:Envelope/>', '\r\n', '{"a": 1}  '])(
    'covers the body %j to the byte',
    async (body) => {
      const { key, callerOf } = await proven();
      const right = signed(key, NOON, body);
      expect(await callerOf(right, NOON)).toBeDefined();
      for (const other of [`${body} `, `\ufeff${body}`, body.slice(0, -1), body.toUpperCase()]) {
        if (other === body) continue;
        expect(await callerOf({ ...right, body: new TextEncoder().encode(other) }, NOON)).toBeUndefined();
      }
    },
  );

  test('covers bytes that are no text', async () => {
    const { key, callerOf } = await proven();
    // A sender in text would have signed U+FFFD.
    const right = signed(key, NOON, '\ufffd');
    expect(await callerOf({ ...right, body: Uint8Array.of(0xff) }, NOON)).toBeUndefined();
  });

  test.each([
    ['webhook-id', 'msg_other'],
    ['webhook-id', ''],
    ['webhook-timestamp', String(Math.floor(NOON / 1_000) + 1)],
    ['webhook-timestamp', ` ${Math.floor(NOON / 1_000)}`],
    ['webhook-timestamp', `${Math.floor(NOON / 1_000)}.0`],
    ['webhook-timestamp', `${Math.floor(NOON / 1_000)}junk`],
    ['webhook-timestamp', '1e9'],
    ['webhook-timestamp', ''],
    ['webhook-signature', ''],
    ['webhook-signature', 'v1,'],
    ['webhook-signature', 'v1,AAAA'],
    ['webhook-signature', `v1,${'A'.repeat(43)}=`],
    ['webhook-signature', `v1,${'A'.repeat(300)}=`],
  ])('with the %s %j is wrong', async (name, value) => {
    const { key, callerOf } = await proven();
    const { header, ...right } = signed(key, NOON);
    const changed = { ...right, header: (asked: string) => (asked === name ? value : header(asked)) };
    expect(await callerOf(changed, NOON)).toBeUndefined();
  });

  test.each([
    (v1: string) => `v1a,${'A'.repeat(86)}== ${v1}`,
    (v1: string) => `v1,${'A'.repeat(43)}= ${v1}`,
    (v1: string) => `${v1} v1,${'A'.repeat(43)}=`,
    (v1: string) => `nonsense ${v1}  v2,`,
  ])('is good among others', async (among) => {
    const { key, callerOf } = await proven();
    const { header, ...right } = signed(key, NOON);
    const several = among(header('webhook-signature') ?? '');
    const changed = {
      ...right,
      header: (name: string) => (name === 'webhook-signature' ? several : header(name)),
    };
    expect(await callerOf(changed, NOON)).toBeDefined();
  });

  test('of another version is none', async () => {
    const { key, callerOf } = await proven();
    const { header, ...right } = signed(key, NOON);
    const version2 = {
      ...right,
      header: (name: string) => header(name)?.replace(/^v1,/, 'v2,'),
    };
    expect(await callerOf(version2, NOON)).toBeUndefined();
  });

  test('covers one delivery: what was signed cannot be cut into another id, instant and body', async () => {
    const { key, callerOf } = await proven();
    const seconds = Math.floor(NOON / 1_000);
    // msg . now . now.user=ana  is  msg.now . now . user=ana
    const { header } = signed(key, NOON, `${seconds}.user=ana`, 'msg');
    const shifted = delivery(
      {
        'webhook-id': `msg.${seconds}`,
        'webhook-timestamp': String(seconds),
        'webhook-signature': header('webhook-signature') ?? '',
      },
      { body: 'user=ana' },
    );
    expect(await callerOf(shifted, NOON)).toBeUndefined();
  });

  test('of one station opens no other', async () => {
    const { register, issue, callerOf } = desk();
    await register(NOON, { proof: 'signature' });
    await register(NOON, { proof: 'signature', id: 'lib-2' });
    await issue(NOON, { id: 'lib-2' });
    expect(await callerOf({ ...signed(await issue(NOON), NOON), station: 'lib-2' }, NOON)).toBeUndefined();
  });

  test('stands beside other credentials, which a proxy may have added', async () => {
    const { key, callerOf } = await proven();
    const { header, ...right } = signed(key, NOON);
    for (const authorization of ['Bearer of-somebody-else', basic('proxy', 'secret').authorization]) {
      const both = { ...right, header: (name: string) => (name === 'authorization' ? authorization : header(name)) };
      expect(await callerOf(both, NOON)).toBeDefined();
    }
  });

  test('is known at once of a station that was asked for before it was registered', async () => {
    const { register, issue, callerOf } = desk();
    expect(await callerOf(signed(`whsec_${'A'.repeat(43)}=`, NOON), NOON)).toBeUndefined();
    await register(at(1), { proof: 'signature' });
    const key = await issue(at(1));
    const now = after(NOON, MINUTE);
    expect(await callerOf(signed(key, now), now)).toBeDefined();
  });
});
