import type { Command } from '../command.ts';
import type { DevicesOptions } from './run-devices.ts';

export const devices: Command<DevicesOptions> = {
  word: 'devices',
  summary: 'list the disks, and why a disk cannot be a target',
  define(commander) {
    commander
      .description(
        'Lists the disks of this machine: size, model, serial number, stable names,\n' +
          'contents, and why a disk cannot be a target.',
      )
      .option('--json', 'print JSON, for scripts');
  },
  read: (commander) => ({ json: commander.opts<{ json?: true }>().json ?? false }),
  run: async (options) => await (await import('./run-devices.ts')).runDevices(options),
};
