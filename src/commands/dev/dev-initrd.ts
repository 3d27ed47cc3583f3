import type { Command as Commander } from 'commander';
import { parseGlob } from '../../parameters/glob.ts';
import type { Command } from '../command.ts';
import { inLines } from '../medium-options.ts';
import { text } from '../option-values.ts';
import type { DevExtractInitrd, DevShowInitrd } from './run-dev-initrd.ts';

const show: Command<DevShowInitrd> = {
  word: 'dev show initrd',
  summary: 'list the files in an initramfs',
  define(commander) {
    initrdArguments(commander).description(
      inLines('Lists the regular files in an initramfs, sorted.'),
    );
  },
  read: wanted,
  run: async (options) => await (await import('./run-dev-initrd.ts')).showInitrd(options),
};

const extract: Command<DevExtractInitrd> = {
  word: 'dev extract initrd',
  summary: 'save the files in an initramfs',
  define(commander) {
    initrdArguments(commander)
      .description(inLines('Saves the regular files in an initramfs; does not replace any file.'))
      .option('-C, --directory <dir>', 'save them in this directory', text, '.')
      .option('-v, --verbose', 'print the paths');
  },
  read: (commander) => ({
    ...commander.opts<{ directory: string; verbose?: true }>(),
    ...wanted(commander),
  }),
  run: async (options) => await (await import('./run-dev-initrd.ts')).extractInitrd(options),
};

/** Of both commands. */
function initrdArguments(commander: Commander): Commander {
  return commander
    .argument('<initrd>', 'the file; - for standard input')
    .argument('[glob]', 'only paths that match this pattern of *, ? and [...]');
}

function wanted(commander: Commander): DevShowInitrd {
  const [initrd = '-', pattern = '*'] = commander.args;
  const matches = parseGlob(pattern);
  if (matches === undefined) commander.error(`'${pattern}' is not a pattern of *, ? and [...]`);
  return { initrd, matches };
}

export const devInitrd = [show, extract] as const;
