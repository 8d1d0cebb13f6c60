import { expect, test } from 'vitest';
import { throwNames } from './names.ts';

const REQUESTS = 200_000;

test(`one person has one seat, two have two, and operators find both: ${REQUESTS} requests with names from all scripts`, {
  timeout: 1_200_000,
}, async () => {
  const { asked, people } = await throwNames(REQUESTS, 20_261_129);
  expect(asked).toBeGreaterThanOrEqual(REQUESTS);
  expect(people).toBeGreaterThan(REQUESTS / 30);
});
