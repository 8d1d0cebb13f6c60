/** The commands that ask the operators' API. */
import type { Command } from 'commander';
import { addAudit } from './audit.ts';
import { addExplain } from './explain.ts';
import type { Surroundings } from './operator-command.ts';
import { addRealms } from './realms.ts';
import { addSessions } from './sessions.ts';
import { addStations } from './stations.ts';
import { addUsers } from './users.ts';
import { addWatch } from './watch.ts';

export function addOperatorCommands(program: Command, surroundings: Surroundings): void {
  addSessions(program, surroundings);
  addUsers(program, surroundings);
  addStations(program, surroundings);
  addRealms(program, surroundings);
  addExplain(program, surroundings);
  addWatch(program, surroundings);
  addAudit(program, surroundings);
}
