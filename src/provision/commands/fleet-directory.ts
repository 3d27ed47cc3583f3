import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command as Commander } from 'commander';
import { text } from '../../commands/option-values.ts';

/** Where the packaged service has its fleet. */
export const serviceDirectory = '/var/lib/coreos-provision';

export function addDirectory(commander: Commander): Commander {
  return commander.option(
    '--dir <directory>',
    `the fleet’s directory; default: this one, or else\n${serviceDirectory}`,
    text,
  );
}

/** The directory of the fleet that an operator means. */
export function directoryOf({ dir }: { readonly dir?: string | undefined }): string {
  return dir ?? (existsSync(join('.', 'fleet.yaml')) ? '.' : serviceDirectory);
}
