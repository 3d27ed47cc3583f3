import type { Command } from '../command.ts';
import { text } from '../option-values.ts';
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
      .option('--match <rule>', 'show which disk -d RULE chooses; exit code 3 if not one', text)
      .option('--json', 'print JSON, for scripts');
  },
  read(commander) {
    const { json, match } = commander.opts<{ json?: true; match?: string }>();
    return { json: json ?? false, match };
  },
  run: async (options) => await (await import('./run-devices.ts')).runDevices(options),
};
