import type { Command, Program } from '../../commands/command.ts';
import { provisionAlone } from './provision-alone.ts';

/** All commands of coreos-provision, in the order of the help: one line each. */
const commands: readonly Command[] = [];

export const provision: Program = {
  name: 'coreos-provision',
  commands,
  withoutWord: provisionAlone,
};
