import type { Command } from '../command.ts';
import { isoCustomize } from './iso-customize.ts';
import { isoExtract } from './iso-extract.ts';
import { isoIgnition } from './iso-ignition.ts';
import { isoKargs } from './iso-kargs.ts';
import { isoNetwork } from './iso-network.ts';
import { isoReset } from './iso-reset.ts';

export const isoCommands: readonly Command[] = [
  isoCustomize,
  ...isoIgnition,
  ...isoNetwork,
  ...isoKargs,
  ...isoExtract,
  isoReset,
];
