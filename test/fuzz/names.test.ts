import { expect, test } from 'vitest';
import { throwNames } from './names.ts';

const REQUESTS = 3_000;

test(`one person has one seat, two have two, and operators find both: ${REQUESTS} requests with names from all scripts`, async () => {
  const { asked, people } = await throwNames(REQUESTS, 1);
  expect(asked).toBeGreaterThanOrEqual(REQUESTS);
  expect(people).toBeGreaterThan(REQUESTS / 30);
});
