import type { Command } from '../command.ts';
import {
  addIso,
  addIsoOutput,
  type IsoChangeOptions,
  inLines,
  inPlaceHelp,
  isoAnd,
} from '../medium-options.ts';
import { each, text } from '../option-values.ts';
import type { IsoNetworkEmbed, IsoNetworkExtract } from './run-iso-network.ts';

const embed: Command<IsoNetworkEmbed> = {
  word: 'iso network embed',
  summary: 'embed network settings for the live system',
  define(commander) {
    commander.description(
      inLines(
        `Embeds NetworkManager keyfiles in a live ISO image, for the live system, in place of those that are embedded. A medium of this program also copies them to the installed system, and refuses what its kernel arguments cannot express.\n\n${inPlaceHelp}`,
      ),
    );
    addIso(commander)
      .requiredOption('-k, --keyfile <file>', 'a keyfile (may be repeated)', each)
      .option('-f, --force', 'replace network settings that are embedded already');
    addIsoOutput(commander);
  },
  read: isoAnd,
  run: async (options) => await (await import('./run-iso-network.ts')).embedNetwork(options),
};

const extract: Command<IsoNetworkExtract> = {
  word: 'iso network extract',
  summary: 'print or save the embedded network settings',
  define(commander) {
    commander.description(
      inLines('Prints the keyfiles that are embedded in a live ISO image, or saves them.'),
    );
    addIso(commander).option('-C, --directory <dir>', 'save them in this directory', text);
  },
  read: isoAnd,
  run: async (options) => await (await import('./run-iso-network.ts')).extractNetwork(options),
};

const remove: Command<IsoChangeOptions> = {
  word: 'iso network remove',
  summary: 'remove the embedded network settings',
  define(commander) {
    commander.description(
      inLines(
        `Removes the network settings from a live ISO image. An Ignition config stays.\n\n${inPlaceHelp}`,
      ),
    );
    addIsoOutput(addIso(commander));
  },
  read: isoAnd,
  run: async (options) => await (await import('./run-iso-network.ts')).removeNetwork(options),
};

export const isoNetwork = [embed, extract, remove] as const;
