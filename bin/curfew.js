#!/usr/bin/env node
// What `npx curfew` finds. In a clone it is the TypeScript beside it, which Node cannot start by itself; in the package what
// that was built into.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const { HTTPS_PROXY, https_proxy, NODE_USE_ENV_PROXY, CURFEW_STACK } = process.env;
// Node takes a proxy from the environment only where it is told so before it starts. Whatever is on this machine needs none.
const isBehindProxy = (HTTPS_PROXY || https_proxy) && !NODE_USE_ENV_PROXY;
const asksAws = CURFEW_STACK || process.argv.some((word) => word === '--stack' || word.startsWith('--stack='));

if (isBehindProxy && asksAws) await throughProxy();
else await command();

async function command() {
  if (existsSync(new URL('curfew.ts', import.meta.url))) {
    const { register } = await import('tsx/esm/api');
    register();
    await import('./curfew.ts');
  } else {
    await import('../dist/command/curfew.js');
  }
}

async function throughProxy() {
  if (!process.allowedNodeEnvironmentFlags.has('--use-env-proxy')) {
    console.error(
      `curfew: HTTPS_PROXY is set, and Node ${process.version} takes no proxy from the environment; 22.21, 24.5 and later do`,
    );
    process.exitCode = 1;
    return;
  }
  const env = { ...process.env, NODE_USE_ENV_PROXY: '1' };
  const child = spawn(process.execPath, process.argv.slice(1), { env, stdio: 'inherit' });
  // A terminal interrupts both: this one waits for what the other does about it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('close', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGTERM' ? 143 : 130);
  });
}
