#!/usr/bin/env node
// What `npx curfew` finds: Node cannot start the TypeScript beside it by itself.
import { register } from 'tsx/esm/api';

register();
await import('./curfew.ts');
