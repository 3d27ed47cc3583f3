import type { Command } from '../command.ts';
import { devInitrd } from './dev-initrd.ts';
import { devShowIso } from './dev-show-iso.ts';

/** For looking into media. */
export const devCommands: readonly Command[] = [devShowIso, ...devInitrd];
