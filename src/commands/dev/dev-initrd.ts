import type { Command } from '../command.ts';
import { inLines } from '../medium-options.ts';
import { text } from '../option-values.ts';
import type { DevExtractInitrd, DevShowInitrd } from './run-dev-initrd.ts';

const show: Command<DevShowInitrd> = {
  word: 'dev show initrd',
  summary: 'list the files in an initramfs',
  define(commander) {
    commander
      .description(inLines('Lists the regular files in an initramfs, sorted.'))
      .argument('<initrd>', 'the file; - for standard input')
      .argument('[glob]', 'only paths that match this pattern of *, ? and [...]');
  },
  read: ({ args: [initrd = '-', glob] }) => ({ initrd, ...(glob !== undefined && { glob }) }),
  run: async (options) => await (await import('./run-dev-initrd.ts')).showInitrd(options),
};

const extract: Command<DevExtractInitrd> = {
  word: 'dev extract initrd',
  summary: 'save the files in an initramfs',
  define(commander) {
    commander
      .description(inLines('Saves the regular files in an initramfs; does not replace any file.'))
      .argument('<initrd>', 'the file; - for standard input')
      .argument('[glob]', 'only paths that match this pattern of *, ? and [...]')
      .option('-C, --directory <dir>', 'save them in this directory', text, '.')
      .option('-v, --verbose', 'print the paths');
  },
  read(commander) {
    const [initrd = '-', glob] = commander.args;
    const options = commander.opts<{ directory: string; verbose?: true }>();
    return { ...options, initrd, ...(glob !== undefined && { glob }) };
  },
  run: async (options) => await (await import('./run-dev-initrd.ts')).extractInitrd(options),
};

export const devInitrd = [show, extract] as const;
