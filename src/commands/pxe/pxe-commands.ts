import type { Command } from '../command.ts';
import { pxeArchives } from './pxe-archives.ts';
import { pxeCustomize } from './pxe-customize.ts';

export const pxeCommands: readonly Command[] = [pxeCustomize, ...pxeArchives];
