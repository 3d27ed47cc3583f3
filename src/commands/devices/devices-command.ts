import type { Syntax } from '../command.ts';

export interface DevicesCommand {
  readonly kind: 'devices';
  readonly json: boolean;
}

export const devices: Syntax<DevicesCommand> = {
  word: 'devices',
  summary: 'list the disks, and why any of them could not be a target',
  define(command) {
    command
      .description(
        'Lists the disks of this machine: size, model, serial number, stable names, what\n' +
          'is on them, and why any of them could not be a target.',
      )
      .option('--json', 'print JSON, for scripts');
  },
  read: (command) => ({ kind: 'devices', json: command.opts<{ json?: true }>().json ?? false }),
};
