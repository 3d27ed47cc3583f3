import type { Command, Program } from '../../commands/command.ts';
import { dhcpConfigCommand } from './dhcp-config-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { emitCommand } from './emit-command.ts';
import { loadersCommand } from './loaders-command.ts';
import { provisionAlone } from './provision-alone.ts';

/** All commands of coreos-provision, in the order of the help: one line each. */
const commands: readonly Command[] = [
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
