import { grubWord, received } from '../parameters/grub-word.ts';
import type { KernelArgument } from '../parameters/kernel-cmdline.ts';
import type { SystemStart } from '../plan/system-start.ts';
import { type ArgumentEdit, consolePort } from './boot-entry.ts';
import { consoleCommands } from './grub-console.ts';
import type { PlatformTable } from './platform-table.ts';
import type { Wish } from './start-wishes.ts';

/** What has to change in an image for a system start. */
export interface StartEdits {
  /** Of the kernel arguments of each entry, one after the other. */
  readonly edits: readonly StartEdit[];
  /** Lines for GRUB’s console; undefined leaves those of the image. */
  readonly grubCommands: readonly string[] | undefined;
}

export interface StartEdit extends ArgumentEdit {
  readonly by: Wish;
}

/**
 * The image has the consoles of `metal`. Another platform has others, unless consoles are given; the
 * arguments that the user removes and adds come last, so that they hold.
 */
export function startEdits(start: SystemStart, platforms: PlatformTable): StartEdits {
  const { platformId, consoles, append, remove } = start;
  const metal = platforms('metal');
  const edits: StartEdit[] = [];
  let grubCommands: readonly string[] | undefined;
  if (consoles.length > 0) {
    edits.push({
      by: 'console',
      remove: metal.kernelArguments.map(asReceived),
      // An image without a list of platforms has its consoles in the entry, perhaps of another speed.
      removeConsoles: consoles.flatMap(({ argument }) => consolePort(argument) ?? []),
      append: consoles.map(({ argument }) => argument),
    });
    grubCommands = consoleCommands(consoles);
  } else if (platformId !== undefined && platformId !== 'metal') {
    const other = platforms(platformId);
    edits.push(editOf('platform', metal.kernelArguments, other.kernelArguments));
    if (other.grubCommands.join('\n') !== metal.grubCommands.join('\n'))
      grubCommands = other.grubCommands;
  }
  edits.push(editOf('arguments', remove, append));
  return {
    edits: edits.filter((edit) => edit.remove.length + edit.append.length > 0),
    grubCommands,
  };
}

function editOf(
  by: Wish,
  remove: readonly KernelArgument[],
  append: readonly KernelArgument[],
): StartEdit {
  return {
    by,
    remove: remove.map(asReceived),
    append: append.map((argument) => asLatin1(grubWord(argument))),
  };
}

/** As words of an entry are compared. */
export function asReceived(argument: KernelArgument): string {
  return asLatin1(received(argument));
}

/** Entries are decoded as latin1, which preserves every byte; what is put into them is UTF-8. */
function asLatin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
