/**
 * Loaded into the system under torture by `--import`, and into nothing else: gives each request to the API the clock of
 * the function that it says hears it, and everything else the clock of this start.
 *
 * Here and not in the functions, so that no setting of a deployed function can put its clock wrong.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Server } from 'node:http';

const trueNow = Date.now;
const emit = Server.prototype.emit;
const offsetOfStart = Number(process.env.TORTURE_CLOCK_OFFSET_MS);
const offsetOfRequest = new AsyncLocalStorage();

Date.now = () => trueNow() + (offsetOfRequest.getStore() ?? offsetOfStart);

Server.prototype.emit = function (event, ...args) {
  const given = event === 'request' ? args[0].headers['torture-clock-offset-ms'] : undefined;
  const pass = () => emit.call(this, event, ...args);
  return given === undefined ? pass() : offsetOfRequest.run(Number(given), pass);
};
