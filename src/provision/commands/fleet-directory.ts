import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command as Commander } from 'commander';
import { text } from '../../commands/option-values.ts';

/** Where the packaged service has its fleet. */
export const serviceDirectory = '/var/lib/coreos-provision';

/** The argument of commands that work on the files of a fleet. */
export function addFleet(commander: Commander): Commander {
  return commander.argument('<directory>', 'the directory of the fleet', absolute);
}

/** What was given for it, as an absolute path; `at`: the number of arguments before it. */
export const fleetOf = (commander: Commander, at = 0): string => commander.processedArgs[at];

/** A server and the programs that it starts need it whatever their working directory is. */
const absolute = (word: string) => resolve(word);

export function addDirectory(commander: Commander): Commander {
  return commander.option(
    '--dir <directory>',
    `the fleet’s directory; default: this one, or else\n${serviceDirectory}`,
    (word: string) => absolute(text(word)),
  );
}

/** The directory of the fleet that an operator means. */
export function directoryOf({ dir }: { readonly dir?: string | undefined }): string {
  return dir ?? (existsSync('fleet.yaml') ? absolute('.') : serviceDirectory);
}
