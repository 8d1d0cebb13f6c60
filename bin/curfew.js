#!/usr/bin/env node
// What `npx curfew` finds. In a clone it is the TypeScript beside it, which Node cannot start by itself; in the package what
// that was built into.
import { existsSync } from 'node:fs';

if (existsSync(new URL('curfew.ts', import.meta.url))) {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./curfew.ts');
} else {
  await import('../dist/command/curfew.js');
}
