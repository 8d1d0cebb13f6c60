/** What a user of openapi-typescript writes: a login, a refusal, a ping, a logout, and what a ping is told after it. */
import createClient from 'openapi-fetch';
import type { paths } from './api.js';

const { URL: baseUrl = '', KEY_1 = '', KEY_2 = '' } = process.env;
const clientOf = (key: string) => createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${key}` } });
const first = clientOf(KEY_1);
const second = clientOf(KEY_2);
const at = (station: string) => ({ params: { path: { station } } });

const { data: opened } = await first.POST('/v1/stations/{station}/login', { ...at('lib-1'), body: { user: 'ana' } });
if (opened === undefined) throw new Error('refused');
console.log(opened.outcome, opened.user, opened.heldUntil > opened.openedAt);
const { session } = opened;

const { error } = await second.POST('/v1/stations/{station}/login', { ...at('lib-2'), body: { user: 'ana' } });
if (error !== undefined && 'holders' in error) console.log(error.type, error.holders[0]?.station, error.takeOver);

const { data: renewed } = await first.POST('/v1/stations/{station}/ping', { ...at('lib-1'), body: { session } });
console.log(renewed?.outcome, renewed?.session === session);

const { data: over } = await first.POST('/v1/stations/{station}/logout', { ...at('lib-1'), body: { session } });
console.log(over?.outcome, over?.reason);

const { error: gone } = await first.POST('/v1/stations/{station}/ping', { ...at('lib-1'), body: { session } });
if (gone !== undefined && 'reason' in gone) console.log(gone.type, gone.reason);
