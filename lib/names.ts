/** The names that people give to what they run, and that stand in files, in paths and in the keys of items. */
import * as z from 'zod/mini';

/** The message of a check; the caller puts before it what was named. */
const rule = (text: string) => ({ error: text });

/** Of a realm, and of a dialect. */
export const realmName = z
  .string()
  .check(
    z.regex(/^[a-z][a-z0-9-]{0,31}$/, rule('its name must be 1 to 32 of a-z, 0-9 and "-", and begin with a letter')),
  );

const STATION_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,55}$/;

/** Safe in keys, logs and addresses alike. */
export const isStationId = (text: string): boolean => STATION_ID.test(text);

/** A station's id, as it stands in a path. */
export const stationId = z
  .string()
  .check(
    z.regex(STATION_ID, rule('must be 1 to 56 of a-z, A-Z, 0-9, ".", "_" and "-", and begin with a letter or a digit')),
  );
