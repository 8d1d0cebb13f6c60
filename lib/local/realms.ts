/** The realms of the system on one machine: those of the realms file, and one whose deadlines are short enough to watch. */
import { readFileSync } from 'node:fs';
import { readRealms } from '../realms/realms-file.ts';
import { reasonOf, StartupError } from './startup-error.ts';

/** The realm in which `npm run incident` plays. Added unless the file has one of that name. */
export const DEMO_REALM = 'demo';

const DEMO_POLICY = {
  profile: 'release-station',
  idle: '6s',
  lease: '10s',
  job: '20s',
  maximum: '2m',
  sweep: '1s',
};

export interface LocalRealms {
  /** A realms file's text, as the functions get it. */
  readonly text: string;
  readonly names: readonly string[];
}

/** Throws a `StartupError` that says all that is wrong with the file; says its warnings. */
export function loadRealms(file: string, say: (line: string) => void): LocalRealms {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartupError(`Cannot read the realms file ${file} (${reasonOf(error)}).`);
  }
  const { realms, errors, warnings } = readRealms(text);
  if (errors.length > 0) {
    throw new StartupError(`The realms file ${file} is refused: ${errors.map(({ message }) => message).join('; ')}`);
  }
  for (const { message } of warnings) say(`warning: ${message}`);
  const root = JSON.parse(text) as { realms: object };
  const all = { [DEMO_REALM]: DEMO_POLICY, ...root.realms };
  return { text: JSON.stringify({ ...root, realms: all }), names: [...new Set([...realms.keys(), DEMO_REALM])] };
}
