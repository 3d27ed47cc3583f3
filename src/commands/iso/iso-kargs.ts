import type { Command } from '../command.ts';
import {
  addIso,
  addIsoOutput,
  type IsoChangeOptions,
  inLines,
  inPlaceHelp,
  isoAnd,
} from '../medium-options.ts';
import { each } from '../option-values.ts';
import type { IsoKargsModify, IsoKargsShow } from './run-iso-kargs.ts';

const modify: Command<IsoKargsModify> = {
  word: 'iso kargs modify',
  summary: "change the live system's kernel arguments",
  define(commander) {
    commander.description(
      inLines(`Changes the kernel arguments with which a live ISO image boots.\n\n${inPlaceHelp}`),
    );
    addIso(commander)
      .option('-a, --append <karg>', 'add this one at the end (may be repeated)', each)
      .option('-d, --delete <karg>', 'remove this one (may be repeated)', each)
      .option('-r, --replace <key=old=new>', 'replace a value (may be repeated)', each);
    addIsoOutput(commander);
  },
  read(commander) {
    const options = isoAnd<Omit<IsoKargsModify, 'iso'>>(commander);
    if (!options.append && !options.delete && !options.replace)
      commander.error('give at least one of --append, --delete and --replace');
    return options;
  },
  run: async (options) => await (await import('./run-iso-kargs.ts')).modifyKargs(options),
};

const reset: Command<IsoChangeOptions> = {
  word: 'iso kargs reset',
  summary: "restore the live system's kernel arguments",
  define(commander) {
    commander.description(
      inLines(
        `Restores the kernel arguments that a live ISO image was built with.\n\n${inPlaceHelp}`,
      ),
    );
    addIsoOutput(addIso(commander));
  },
  read: isoAnd,
  run: async (options) => await (await import('./run-iso-kargs.ts')).resetKargs(options),
};

const show: Command<IsoKargsShow> = {
  word: 'iso kargs show',
  summary: "print the live system's kernel arguments",
  define(commander) {
    commander.description(
      inLines('Prints the kernel arguments with which a live ISO image boots.'),
    );
    addIso(commander).option('-d, --default', 'those that it was built with');
  },
  read: isoAnd,
  run: async (options) => await (await import('./run-iso-kargs.ts')).showKargs(options),
};

export const isoKargs = [modify, reset, show] as const;
