/** What happens at three printers and one that is another gateway's, told step by step, and checked. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createStationClient } from '../../lib/client/station.ts';
import { serve } from '../serve.ts';
import { createGateway } from './gateway.ts';
import type { Operator, StationEntry } from './operator.ts';
import { Printer } from './printer.ts';

/** A step did not go as it should. The message says what was expected and what came. */
export class Deviation extends Error {
  override readonly name = 'Deviation';
}

export interface StoryParts {
  /** Curfew's. */
  readonly url: string;
  readonly operator: Operator;
  readonly print: (line: string) => void;
}

const GATEWAY: StationEntry = { id: 'library-gateway', name: 'Library gateway', location: 'Server room' };
const SPEAKS_FOR = ['lib-*'];
const ONE: StationEntry = { id: 'lib-1', name: 'Library 1', location: 'Ground floor' };
const TWO: StationEntry = { id: 'lib-2', name: 'Library 2', location: 'First floor' };
const THREE: StationEntry = { id: 'lib-3', name: 'Library 3', location: 'Second floor' };
const LAB: StationEntry = { id: 'lab-1', name: 'Laboratory', location: 'Basement' };

/** A person at a panel is let in on trust after this. */
const GIVE_UP_AFTER_MS = 1_000;

const LOOK_EVERY_MS = 50;
/** For a slow machine, beyond what the policy says. */
const SLACK_MS = 4_000;

interface Scene {
  readonly operator: Operator;
  readonly leaseMs: number;
  readonly one: Printer;
  readonly two: Printer;
  readonly three: Printer;
  readonly lab: Printer;
  /** Between the gateway and Curfew. */
  readonly line: { isCut: boolean };
  /** How much the gateway still has to say. */
  readonly waiting: () => number;
  readonly complaints: unknown[];
  readonly note: (what: string, came?: string) => void;
}

/** Takes half a minute. Throws a `Deviation` at the first step that is not as it should be. */
export async function tell({ url, operator, print }: StoryParts): Promise<void> {
  const scene = await install({ url, operator, print });
  await staysLoggedIn(scene);
  await takesOver(scene);
  await isEndedByAnOperator(scene);
  await isNotLockedOutByACrash(scene);
  await worksWhileTheLineIsCut(scene);
  await isRefusedOutsideItsPrefix(scene);
  print('\nNobody was logged in twice, nobody was locked out, and each panel said why.');
}

async function install({ url, operator, print }: StoryParts): Promise<Scene> {
  const entries = [ONE, TWO, THREE, LAB];
  for (const entry of entries) await operator.registerPrinter(entry);
  const key = await operator.registerGateway(GATEWAY, SPEAKS_FOR);
  const leaseMs = await operator.leaseMs();

  const line = { isCut: false };
  const curfew = createStationClient({
    url,
    station: GATEWAY.id,
    key,
    giveUpAfterMs: GIVE_UP_AFTER_MS,
    fetch: (...request) => (line.isCut ? Promise.reject(new TypeError('the line is cut')) : fetch(...request)),
  });
  const [one, two, three, lab] = [
    await Printer.start(ONE.id),
    await Printer.start(TWO.id),
    await Printer.start(THREE.id),
    await Printer.start(LAB.id),
  ];
  const printers = [one, two, three, lab];
  const complaints: unknown[] = [];
  const gateway = createGateway({
    curfew,
    printers: new Map(printers.map((printer) => [printer.id, printer.url])),
    complain: (error) => complaints.push(error),
  });
  const served = await serve(gateway, 0);
  for (const printer of printers) printer.attach(served.url);

  print(`A gateway, ${served.url}, in front of four printers; Curfew at ${url}, lease ${leaseMs / 1_000} s`);
  const proof = key.startsWith('whsec_') ? 'signs what it says' : 'brings its key';
  print(`It speaks for ${SPEAKS_FOR.join(', ')} and ${proof}; the printers have no keys\n`);
  return {
    operator,
    leaseMs,
    one,
    two,
    three,
    lab,
    line,
    waiting: gateway.waiting,
    complaints,
    note: chronicle(print),
  };
}

async function staysLoggedIn({ operator, leaseMs, one, note }: Scene): Promise<void> {
  await one.logIn('ana');
  expectIn(one, 'ana');
  note('ana logs in at Library 1', one.panel);
  await sleep(leaseMs + 1_000);
  const session = await operator.sessionOf('ana');
  expect("ana's session, more than a lease later", session, session?.station === ONE.id, `open at ${ONE.id}`);
  note(
    'she reads, and the printer says nothing',
    'more than a lease later she is still in: the gateway pings while the printer lives',
  );
}

async function takesOver({ operator, leaseMs, one, two, note }: Scene): Promise<void> {
  const told = await two.logIn('ana');
  expectOut(two, 'You are logged in at Library 1 (Ground floor).');
  expect('the offer', told, told.mayTakeOver === true, 'to end that session');
  note('she has forgotten that, and logs in at Library 2', two.panel);
  await two.logIn('ana', { takeOver: true });
  expectIn(two, 'ana');
  note('she has it ended', two.panel);
  await shows(one, 'You have ended this session by logging in elsewhere', leaseMs);
  const session = await operator.sessionOf('ana');
  expect("ana's session", session, session?.station === TWO.id, `open at ${TWO.id}`);
  note('the next ping for Library 1 is answered 410, and it logs her out', one.panel);
}

async function isEndedByAnOperator({ operator, leaseMs, two, note }: Scene): Promise<void> {
  const session = await operator.sessionOf('ana');
  await operator.end(session?.session ?? '', 'the library closes');
  await shows(two, 'An administrator has ended your session', leaseMs);
  note('an operator ends her session, and Library 2 logs her out', two.panel);
}

async function isNotLockedOutByACrash({ operator, one, three, note }: Scene): Promise<void> {
  await one.logIn('ben');
  expectIn(one, 'ben');
  one.crash();
  note('ben logs in at Library 1, which crashes', 'the gateway asks it before each ping: there is no ping any more');
  const { retryAfterMs = 0 } = await three.logIn('ben');
  expectOut(three, 'You are logged in at Library 1 (Ground floor).');
  note('he goes to Library 3', three.panel);
  await sleep(retryAfterMs);
  await three.logIn('ben');
  expectIn(three, 'ben');
  const session = await operator.sessionOf('ben');
  expect("ben's session", session, session?.station === THREE.id, `open at ${THREE.id}`);
  note('he tries again when he was told to', three.panel);
  await one.restart();
  const after = await operator.sessionOf('ben');
  expect("ben's session", after, after?.session === session?.session, 'the same');
  note('Library 1 is back, and says that it has started', 'that ends what was open there, and nothing newer');
}

async function worksWhileTheLineIsCut({ operator, leaseMs, two, three, line, waiting, note }: Scene): Promise<void> {
  await two.logIn('cleo');
  expectIn(two, 'cleo');
  line.isCut = true;
  note('cleo logs in at Library 2; then the line to Curfew is cut');
  await three.logOut();
  await three.logIn('dan');
  expectIn(three, 'dan');
  note('ben logs out at Library 3, and dan logs in there', three.panel);
  await three.logOut();
  await three.logIn('cleo');
  expectIn(three, 'cleo');
  note('dan leaves, and cleo logs in there too: nobody can tell her', three.panel);
  const kept = waiting();
  expect('what waits in the gateway', kept, kept === 4, '4 deliveries');
  const before = await operator.sessionOf('ben');
  expect("ben's session", before, before?.station === THREE.id, 'open, for all that Curfew knows');

  line.isCut = false;
  await until(
    () => waiting() === 0,
    leaseMs,
    () => `${waiting()} deliveries wait in the gateway`,
  );
  note(
    'the line is mended',
    `what waited is said, in order: ${kept} deliveries, each with the instant at which it happened`,
  );
  for (const user of ['ben', 'dan']) {
    const session = await operator.sessionOf(user);
    expect(`${user}'s session`, session, session === undefined, 'over');
  }
  await shows(three, 'You are logged in at Library 2 (First floor).', leaseMs);
  note('ben and dan are out; cleo cannot be in two places', three.panel);
  const session = await operator.sessionOf('cleo');
  expect("cleo's session", session, session?.station === TWO.id && two.user === 'cleo', `open at ${TWO.id}`);
  note('her session at Library 2 goes on', two.panel);
}

async function isRefusedOutsideItsPrefix({ operator, lab, complaints, note }: Scene): Promise<void> {
  expect('what the gateway complained of', complaints.map(String), complaints.length === 0, 'nothing so far');
  await lab.logIn('eve');
  expectOut(lab, 'This printer is not set up.');
  const [complaint] = complaints as { kind?: string }[];
  expect('the complaint', String(complaint), complaint?.kind === 'forbidden', 'that this is forbidden');
  const session = await operator.sessionOf('eve');
  expect("eve's session", session, session === undefined, 'none');
  note('eve logs in at the laboratory, whose printer is not one of its own', `403: ${lab.panel}`);
}

const expectIn = ({ id, user, panel }: Printer, expected: string): void =>
  expect(
    `the panel of ${id}`,
    { user, panel },
    user === expected && panel.startsWith('Welcome'),
    `open to ${expected}`,
  );

const expectOut = ({ id, user, panel }: Printer, text: string): void =>
  expect(`the panel of ${id}`, { user, panel }, user === undefined && panel.startsWith(text), `"${text}"`);

/** Waits until the panel has been cleared, and says this. */
async function shows(printer: Printer, text: string, withinMs: number): Promise<void> {
  const { id } = printer;
  await until(
    () => printer.user === undefined,
    withinMs,
    () => `the panel of ${id} shows "${printer.panel}" to ${printer.user}`,
  );
  expectOut(printer, text);
}

async function until(holds: () => boolean, withinMs: number, otherwise: () => string): Promise<void> {
  const giveUpAt = Date.now() + withinMs + SLACK_MS;
  while (!holds()) {
    if (Date.now() > giveUpAt) throw new Deviation(`after ${withinMs + SLACK_MS} ms ${otherwise()}`);
    await sleep(LOOK_EVERY_MS);
  }
}

function expect(what: string, came: unknown, holds: boolean, expected: string): void {
  if (!holds) throw new Deviation(`${what} should be ${expected}, but is ${JSON.stringify(came, undefined, 2)}`);
}

/** Prints what happened, with the time since the beginning, and beneath it what came of it. */
function chronicle(print: (line: string) => void): Scene['note'] {
  const startedAt = Date.now();
  return (what, came = '') => {
    print(`${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${what}`);
    if (came !== '') print(`          ${came}`);
  };
}
