/**
 * `SET NX PX`: what Redis's own documentation gives as its simplest lock, on a server in memory. For scale: it keeps no
 * panel, no history and no word of what ended, and what it knew is gone with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, freeAddress } from '../../lib/local/address.ts';
import { onPath } from '../../lib/local/on-path.ts';
import { holderAt, panelAt, seatDigits, userAt } from '../seats.ts';
import { expectThat, type Peer } from './peer.ts';

const LEASE_MS = '3600000';
const NAME = 'Redis SET NX';
const READY_WITHIN_MS = 5_000;

export interface RedisServer {
  readonly address: Address;
  stop(): Promise<void>;
}

/** `undefined` where there is none on the PATH. */
export async function startRedis(): Promise<RedisServer | undefined> {
  const binary = onPath('redis-server');
  if (binary === undefined) return undefined;
  const address = await freeAddress();
  const { host, port } = address;
  const inMemory = ['--save', '', '--appendonly', 'no', '--protected-mode', 'no'];
  const child = spawn(binary, ['--bind', host, '--port', String(port), ...inMemory], { stdio: 'ignore' });
  process.once('exit', () => child.kill());
  await untilReady(address, child);
  return {
    address,
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

async function untilReady(address: Address, child: ChildProcess): Promise<void> {
  const last = Date.now() + READY_WITHIN_MS;
  while (Date.now() < last && child.exitCode === null) {
    const socket = connect({ ...address });
    const is = await Promise.race([
      once(socket, 'connect').then(
        () => 'ready',
        () => 'refused',
      ),
      sleep(500, 'refused'),
    ]);
    socket.destroy();
    if (is === 'ready') return;
    await sleep(20);
  }
  child.kill();
  throw new Error('redis-server does not answer');
}

/** Requests on one connection, answered in their order. Of the protocol only what these few commands are answered with. */
function createRedis(address: Address) {
  const waiting: { resolve: (answer: string | null) => void; reject: (error: Error) => void }[] = [];
  let socket: Socket | undefined;
  let unread = '';

  function open(): Socket {
    const opened = connect({ ...address, noDelay: true });
    opened.setEncoding('latin1');
    opened.on('data', (text) => {
      unread += String(text);
      for (let end = unread.indexOf('\r\n'); end !== -1; end = unread.indexOf('\r\n')) {
        const line = unread.slice(0, end);
        unread = unread.slice(end + 2);
        const next = waiting.shift();
        if (line.startsWith('-')) next?.reject(new Error(line.slice(1)));
        else next?.resolve(line === '$-1' ? null : line.slice(1));
      }
    });
    opened.on('error', (error) => waiting.splice(0).forEach(({ reject }) => void reject(error)));
    return opened;
  }

  return {
    ask: (...words: readonly string[]): Promise<string | null> => {
      socket ??= open();
      const text = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
      socket.write(`*${words.length}\r\n${text}`);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    close: () => void socket?.destroy(),
  };
}

/** @param address of the server, or of the wire before it */
export function redisPeer(address: Address): Peer {
  const redis = createRedis(address);
  const set = (user: string, station: string) => redis.ask('SET', `seat:${user}`, station, 'NX', 'PX', LEASE_MS);
  return {
    name: NAME,
    prepare: async (seats) => {
      await redis.ask('FLUSHALL');
      const digits = Array.from({ length: seats }, (_, seat) => seatDigits(seat));
      await Promise.all(digits.map((seat) => set(holderAt(seat), panelAt(seat, 'b'))));
    },
    operations: {
      login: async (seat) => {
        const digits = seatDigits(seat);
        expectThat((await set(userAt(digits), panelAt(digits, 'a'))) === 'OK', NAME, 'somebody is there');
      },
      ping: async (seat) => {
        const held = await redis.ask('PEXPIRE', `seat:${userAt(seatDigits(seat))}`, LEASE_MS);
        expectThat(held === '1', NAME, 'nobody is there');
      },
      logout: async (seat) => {
        expectThat((await redis.ask('DEL', `seat:${userAt(seatDigits(seat))}`)) === '1', NAME, 'nobody was there');
      },
      'refused login': async (seat) => {
        const digits = seatDigits(seat);
        expectThat((await set(holderAt(digits), panelAt(digits, 'c'))) === null, NAME, 'nobody is there');
      },
    },
    close: redis.close,
  };
}
