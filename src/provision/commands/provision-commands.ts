import type { Command, Program } from '../../commands/command.ts';
import { checkCommand } from './check-command.ts';
import { dhcpConfigCommand } from './dhcp-config-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { emitCommand } from './emit-command.ts';
import { eventsCommand } from './events-command.ts';
import { imageAddCommand } from './image-command.ts';
import { importMatchboxCommand } from './import-command.ts';
import { initCommand } from './init-command.ts';
import { loadersCommand } from './loaders-command.ts';
import { operateCommands } from './operate-commands.ts';
import { provisionAlone } from './provision-alone.ts';
import { serveCommand } from './serve-command.ts';
import { statusCommand } from './status-command.ts';
import { tokenCommands } from './token-commands.ts';

/** All commands of coreos-provision, in the order of the help: one line each. */
const commands: readonly Command[] = [
  initCommand,
  imageAddCommand,
  checkCommand,
  importMatchboxCommand,
  serveCommand,
  statusCommand,
  ...operateCommands,
  eventsCommand,
  ...tokenCommands,
  loadersCommand,
  dhcpConfigCommand,
  doctorCommand,
  emitCommand,
];

export const provision: Program = {
  name: 'coreos-provision',
  commands,
  withoutWord: provisionAlone,
};
