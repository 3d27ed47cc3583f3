import type { Command as Commander } from 'commander';
import { path } from './option-values.ts';

/** Paragraphs as they are shown: 80 columns wide. */
export function inLines(text: string): string {
  const wrap = (line: string) => line.replaceAll(/(.{1,80})(?: +|$)/g, '$1\n').trimEnd();
  return text.split('\n').map(wrap).join('\n');
}

export function addIso(commander: Commander): Commander {
  return commander.argument('<iso>', 'live ISO image');
}

/** For commands that change an image. */
export function addIsoOutput(commander: Commander): Commander {
  return commander.option(
    '-o, --output <file>',
    'write to this new file, or to standard output (-), instead of changing the image',
    path,
  );
}

export const inPlaceHelp =
  'Without --output the image itself is changed, in place: only the reserved areas in it are written.';

export interface IsoChangeOptions {
  readonly iso: string;
  readonly output?: string;
}

/** The image, and all options. */
export function isoAnd<Options>(commander: Commander): Options & { readonly iso: string } {
  const [iso = ''] = commander.args;
  return { ...(commander.opts() as Options), iso };
}
