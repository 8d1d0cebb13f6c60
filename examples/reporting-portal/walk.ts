/**
 * The whole ladder by itself: users with cookies log in at the two applications, stay away until their sessions stand on
 * each rung in turn, and come back. Everything is asked over HTTP, as a browser does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser, type Page } from './browser.ts';
import { type Lengths, type Operator, RUNGS, type Rung, type SessionInFull } from './operator.ts';

/** A step did not go as it should. The message says what was expected and what came. */
export class Deviation extends Error {
  override readonly name = 'Deviation';
}

export interface WalkParts {
  /** Where the applications are. */
  readonly portal: string;
  readonly adminConsole: string;
  readonly operator: Operator;
  readonly lengths: Lengths;
  /** What Curfew announces. */
  readonly announced: AsyncIterable<{ readonly event: Announcement }>;
  readonly print: (line: string) => void;
}

interface Announcement {
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const PORTAL = 'reporting-portal';
const CONSOLE = 'admin-console';
const DRAFT = "region = 'north' and";

/** How long an announcement may take beyond its deadline: the margin, a sweep of a second, and a slow machine. */
const ANNOUNCED_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 100;

type Name = 'ana' | 'ben' | 'cleo' | 'dan';
const NAMES: readonly Name[] = ['ana', 'ben', 'cleo', 'dan'];

interface Scene extends WalkParts {
  readonly users: Readonly<Record<Name, Browser>>;
  readonly note: (what: string, came?: string) => void;
}

/** Takes as long as the realm's logon token and a few seconds. Throws a `Deviation` at the first step that is not as it should be. */
export async function walk(parts: WalkParts): Promise<void> {
  const { print, lengths, portal, adminConsole } = parts;
  const heard = listen(parts.announced);
  const [idle, lease, failover, token] = [lengths.idle, lengths.lease, lengths.failover, lengths.logonToken].map(
    (length) => length / 1_000,
  );
  print(`The reporting portal, ${portal}, and its admin console, ${adminConsole}, in one realm:`);
  print(`idle ${idle} s, lease ${lease} s, failover ${failover} s, logon token ${token} s\n`);

  const users = { ana: new Browser(), ben: new Browser(), cleo: new Browser(), dan: new Browser() };
  const scene: Scene = { ...parts, users, note: chronicle(print) };
  await logIn(scene);
  await hasTwoSessions(scene);
  await comesBackLingering(scene);
  await comesBackInFailover(scene);
  await isEndedByAnOperator(scene);
  await logsOut(scene);
  await comesBackRemembered(scene);
  await comesBackTooLate(scene);
  await isAnnounced(scene, heard);
  print('\nEach rung came when it had been said that it would, and a user who came back found what it promises.');
}

async function logIn(scene: Scene): Promise<void> {
  const { users, portal, note } = scene;
  expectPage(await users.ana.get(portal), '/login', 'Log in');
  for (const name of NAMES) {
    expectNoNews(await users[name].post(`${portal}/login`, { user: name, password: 'demo' }));
    const page = await users[name].post(`${portal}/draft`, { draft: DRAFT });
    expect('the draft', page.draft, page.draft === DRAFT, DRAFT);
  }
  await reaches(scene, 'ana', PORTAL, 'active');
  note('ana, ben, cleo and dan log in at the portal', 'each has a session, and half a filter in its memory');
}

async function hasTwoSessions(scene: Scene): Promise<void> {
  const { users, portal, adminConsole, note } = scene;
  const asked = await users.ana.get(adminConsole);
  expectPage(asked, '/login', 'Curfew keeps sessions');
  note('ana goes to the admin console', 'the login page: Curfew keeps sessions, it does not authenticate');
  await users.ana.post(`${adminConsole}/login`, { user: 'ana', password: 'demo' });
  await users.ana.post(`${adminConsole}/draft`, { draft: 'ben' });
  await reaches(scene, 'ana', CONSOLE, 'active');
  note('ana logs in there too', 'a session of its own, with a ladder of its own');

  await reaches(scene, 'ben', PORTAL, 'lingering', async () => void (await users.ana.get(portal)));
  note('ana works on at the portal; nobody else does', 'their sessions linger: their state is gone, their pings stop');
}

async function comesBackLingering(scene: Scene): Promise<void> {
  const { users, adminConsole, operator, note } = scene;
  await reaches(scene, 'ana', CONSOLE, 'lingering');
  const portal = await sessionOf(operator, 'ana', PORTAL);
  expect("ana's session at the portal", portal, portal?.rung === 'active', 'active');
  note("ana's session at the console lingers too", 'what she did at the portal was no activity there');
  const before = await sessionOf(operator, 'ana', CONSOLE);
  const page = await users.ana.get(adminConsole);
  expectNews(page, 'You had gone idle. The same session goes on.');
  expect('her filter', page.draft, page.draft === '', 'gone');
  const after = await sessionOf(operator, 'ana', CONSOLE);
  expect(
    'her session there',
    after,
    after?.session === before?.session && after?.rung === 'active',
    'the same, active',
  );
  note('ana comes back to the console', `"${page.news}"`);
}

async function comesBackInFailover(scene: Scene): Promise<void> {
  const { users, portal, note } = scene;
  await reaches(scene, 'ben', PORTAL, 'failover');
  note('the lease of the others runs out', 'failover: they are counted no longer');
  await goesOnAnew(scene, 'ben', 'A new one goes on under the same logon');
  expectNoNews(await users.ben.get(portal));
}

/** The user comes back, and is somebody with another session and another cookie, without having been asked. */
async function goesOnAnew({ users, portal, operator, note }: Scene, name: Name, news: string): Promise<void> {
  const before = await sessionOf(operator, name, PORTAL);
  const cookie = users[name].cookie('portal');
  const page = await users[name].get(portal);
  expectNews(page, news);
  expect('the draft', page.draft, page.draft === '', 'gone');
  expect('the cookie', cookie, users[name].cookie('portal') !== cookie, 'another');
  const after = await sessionOf(operator, name, PORTAL);
  expect(`${name}'s session`, after, after?.previous === before?.session && after?.rung === 'active', 'made anew');
  const isSameLogon = after?.loggedOnAt === (before?.loggedOnAt ?? before?.openedAt);
  expect(`${name}'s logon`, after, isSameLogon, `still that of ${before?.openedAt}`);
  note(`${name} comes back`, `"${page.news}"`);
}

async function isEndedByAnOperator({ users, portal, adminConsole, operator, note }: Scene): Promise<void> {
  const ended = await sessionOf(operator, 'ben', PORTAL);
  const page = await users.ana.post(`${adminConsole}/end`, { session: ended?.session ?? '' });
  expectNews(page, 'That session has ended.');
  note("ana ends ben's session at the console", `"${page.news}"`);
  const refused = await users.ben.get(portal);
  expectProblem(refused, 'An administrator has ended your session');
  note('ben clicks on', `the login page: "${refused.problem}"`);
}

async function logsOut({ users, portal, adminConsole, operator, note }: Scene): Promise<void> {
  const cookie = users.ana.cookie('portal');
  expectPage(await users.ana.post(`${portal}/logout`, {}), '/login', 'Log in');
  users.ana.give('portal', cookie);
  const refused = await users.ana.get(portal);
  expectProblem(refused, 'You have logged out');
  note('ana logs out at the portal, and her old cookie comes back', `the login page: "${refused.problem}"`);
  const there = await users.ana.get(adminConsole);
  expect('the console', there.status, there.status === 200, 'open to her');
  const session = await sessionOf(operator, 'ana', CONSOLE);
  expect("ana's session at the console", session, session !== undefined, 'open');
  note('her session at the console goes on', 'it is another station: whoever wants both to end says so to both');
}

async function comesBackRemembered(scene: Scene): Promise<void> {
  await reaches(scene, 'cleo', PORTAL, 'remembered');
  scene.note('failover is over', "remembered, until cleo's and dan's logons are too old");
  await goesOnAnew(scene, 'cleo', 'You have been logged on anew without being asked');
}

async function comesBackTooLate(scene: Scene): Promise<void> {
  const { users, portal, operator, note } = scene;
  await reaches(scene, 'dan', PORTAL, 'remembered');
  await expectPicture(scene, 'dan', /remembered for [\d.]+ s/);
  const [, ...below] = (await sessionOf(operator, 'dan', PORTAL))?.timeline ?? [];
  await reaches(scene, 'dan', PORTAL, 'ended');
  await expectPicture(scene, 'dan', /ended now .* reason logon-token/);
  const page = await users.dan.get(portal);
  expectProblem(page, 'Your session at the Reporting portal has ended');
  const steps = ['idle', 'lease', 'failover', 'logon-token'];
  expect('the deadlines on it', page.passed, page.passed.join() === steps.join(), steps.join(', '));
  const isAsTold = below.length === steps.length && below.every(({ from }) => page.problem.includes(from));
  expect('when they passed', page.problem, isAsTold, `as told beforehand, ${JSON.stringify(below)}`);
  note('dan comes back after all of it', `the login page: "${page.problem}"`);
  await users.dan.post(`${portal}/login`, { user: 'dan', password: 'demo' });
  await reaches(scene, 'dan', PORTAL, 'active');
  note('dan logs in', 'a new logon, a new session');
}

async function isAnnounced({ note }: Scene, heard: readonly Announcement[]): Promise<void> {
  const wanted = ['opened', 'lingering', 'invalidated', 'remembered', 'ended'];
  const first = heard.find(({ detail }) => detail.user === 'dan')?.detail.session;
  const types = () =>
    heard.filter(({ detail }) => detail.session === first).map((event) => event['detail-type'].replace('session.', ''));
  const giveUpAt = Date.now() + ANNOUNCED_WITHIN_MS;
  while (!types().includes('ended') && Date.now() < giveUpAt) await sleep(LOOK_EVERY_MS);
  expect("what was announced of dan's first session", types(), types().join() === wanted.join(), wanted.join(', '));
  note("of dan's first session was announced", `${types().join(', ')}: each once, whoever looked`);
}

/** All that is announced, as it comes. */
function listen(announced: WalkParts['announced']): readonly Announcement[] {
  const heard: Announcement[] = [];
  void (async () => {
    for await (const { event } of announced) heard.push(event);
  })().catch(() => {});
  return heard;
}

const sessionOf = async (operator: Operator, user: Name, station: string): Promise<SessionInFull | undefined> =>
  (await operator.ofUser(user)).find((session) => session.station === station);

/** Waits until the user's session at this station stands on this rung; `meanwhile`, somebody may go on working. */
async function reaches(
  { operator, lengths }: Scene,
  user: Name,
  station: string,
  rung: Rung,
  meanwhile: () => Promise<void> = async () => {},
): Promise<void> {
  const { idle, lease, failover, logonToken } = lengths;
  const giveUpAt = Date.now() + idle + lease + failover + logonToken;
  for (;;) {
    const now = (await sessionOf(operator, user, station))?.rung ?? 'ended';
    if (now === rung) return;
    const isPast = RUNGS.indexOf(now) > RUNGS.indexOf(rung) || Date.now() > giveUpAt;
    expect(`${user}'s session at ${station}`, now, !isPast, rung);
    await meanwhile();
    await sleep(LOOK_EVERY_MS);
  }
}

/** The open page looks on, which brings nothing back. */
async function expectPicture({ users, portal }: Scene, name: Name, stands: RegExp): Promise<void> {
  const { text } = await users[name].get(`${portal}/ladder`);
  expect('the picture', text, stands.test(text), String(stands));
}

const expectNews = (page: Page, news: string): void =>
  expect('what the page says', page, page.status === 200 && page.news.includes(news), `"${news}"`);

const expectNoNews = (page: Page): void =>
  expect('what the page says', page, page.status === 200 && page.news === '', 'nothing new');

const expectProblem = (page: Page, about: string): void =>
  expect('the login page', page, page.status === 401 && page.problem.includes(about), `401, naming "${about}"`);

const expectPage = (page: Page, path: string, text: string): void =>
  expect('the page', page, page.path === path && page.text.includes(text), `${path}, saying "${text}"`);

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
