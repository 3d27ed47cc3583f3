import type { Command } from '../command.ts';
import {
  addIso,
  addIsoOutput,
  type IsoChangeOptions,
  inLines,
  inPlaceHelp,
  isoAnd,
} from '../medium-options.ts';
import { path } from '../option-values.ts';
import type { IsoIgnitionEmbed } from './run-iso-ignition.ts';

const embed: Command<IsoIgnitionEmbed> = {
  word: 'iso ignition embed',
  summary: 'embed an Ignition config for the live system',
  define(commander) {
    commander.description(
      inLines(
        `Embeds an Ignition config in a live ISO image of Fedora CoreOS, for the live system. The config is not checked.\n\n${inPlaceHelp}`,
      ),
    );
    addIso(commander)
      .option('-i, --ignition-file <file>', 'the config; default: standard input', path)
      .option('-f, --force', 'replace a config that is embedded already');
    addIsoOutput(commander);
  },
  read: isoAnd,
  run: async (options) => await (await import('./run-iso-ignition.ts')).embedIgnition(options),
};

const show: Command<{ readonly iso: string }> = {
  word: 'iso ignition show',
  summary: 'print the embedded Ignition config',
  define(commander) {
    addIso(
      commander.description('Prints the Ignition config that is embedded in a live ISO image.'),
    );
  },
  read: isoAnd,
  run: async (options) => await (await import('./run-iso-ignition.ts')).showIgnition(options),
};

const remove: Command<IsoChangeOptions> = {
  word: 'iso ignition remove',
  summary: 'remove the embedded Ignition config',
  define(commander) {
    commander.description(
      inLines(
        `Removes the Ignition config from a live ISO image. Network settings stay.\n\n${inPlaceHelp}`,
      ),
    );
    addIsoOutput(addIso(commander));
  },
  read: isoAnd,
  run: async (options) => await (await import('./run-iso-ignition.ts')).removeIgnition(options),
};

export const isoIgnition = [embed, show, remove] as const;
