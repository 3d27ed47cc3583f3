import type { Machine } from './machine.ts';

const menuMs = 300_000;

/**
 * Adds kernel arguments to the first entry of the medium's menu, typed on the serial console as a
 * person would, and boots it. The menu's countdown stops at the first key.
 */
export async function bootWithTyped(
  { console }: Machine,
  firmware: 'bios' | 'uefi',
  words: string[],
): Promise<void> {
  const added = ` ${words.join(' ')}`;
  if (firmware === 'bios') {
    await console.waitFor(/Tab: add kernel arguments/, menuMs);
    console.type('\t');
    // The entry's line to edit, in full.
    await console.waitFor(/linux \/boot\/vmlinuz .*initrd=\S+/, menuMs);
    await console.typeSlowly(`${added}\r`, menuMs);
    return;
  }
  await console.waitFor(/e: add kernel arguments/, menuMs);
  console.type('e');
  await console.waitFor(/Minimum Emacs-like/, menuMs);
  const [down, endOfLine, boot] = ['\x0e', '\x05', '\x18'];
  // Below the entry's name there is an empty line, then the one that loads the kernel.
  await console.typeSlowly(`${down}${down}${endOfLine}${added}${boot}`, menuMs);
}
