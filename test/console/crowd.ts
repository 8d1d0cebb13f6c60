/** A campus at noon: 300 sessions of 250 users at 60 stations in three realms, with names as people have them. */
import { Unavailable } from '../../lib/service/ports.ts';
import type { Stage } from './stage.ts';

const PLACES = [
  'Library',
  'Law faculty',
  'Physics',
  'Cafeteria',
  'Main hall',
  'مكتبة الجامعة',
  '图书馆',
  'Institut für Völkerkunde',
];
const NAMES = ['ana', 'ben', 'cleo', 'vera.meyer', 'jörg', 'ليلى', '王小明', 'o’brien', 'müller-lüdenscheidt'];
const LONG = 'bibliotheksbenutzerin-mit-einem-sehr-langen-namen-aus-dem-verzeichnis';

export const SESSIONS = 300;
export const USERS = 250;
export const STATIONS = 60;

export async function crowd({ addStation, told }: Stage): Promise<void> {
  for (let n = 0; n < STATIONS; n++) {
    const place = PLACES[n % PLACES.length] ?? '';
    const id = `cp-${String(n + 1).padStart(2, '0')}`;
    const name = n === 7 ? `${place} ${'with a very long name '.repeat(3)}`.slice(0, 64).trim() : `${place} ${n + 1}`;
    const kind = stationOf(n);
    await addStation(id, {
      ...kind,
      name,
      location: n % 3 === 0 ? `Building ${n}, ground floor, left of the lift` : '',
    });
  }
  // Printers first: one there at a time.
  for (let n = 0; n < SESSIONS; n++) {
    const station = n < 45 ? n : 45 + (n % 15);
    const user = n === 3 ? LONG : `${NAMES[n % NAMES.length]}${n % USERS}`;
    await patiently(() =>
      told(`${1 + ((n * 7) % 9)}m`, `cp-${String(station + 1).padStart(2, '0')}`, 'login', { user }),
    );
  }
}

/** 45 printers, and 15 web applications, at which many are at once. */
function stationOf(n: number) {
  if (n < 45) return { realm: n % 2 === 0 ? 'campus-print' : 'library', kind: 'pinging' };
  return { realm: 'bi-portal', kind: 'application', reportsActivity: true };
}

/** A machine on which others work may leave the table no second. */
async function patiently(act: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return void (await act());
    } catch (error) {
      if (!(error instanceof Unavailable) || tries === 5) throw error;
    }
  }
}
