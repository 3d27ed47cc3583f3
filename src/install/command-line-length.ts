import { kernelCommandLineBytes } from '../parameters/network.ts';
import { optionsOf } from './bls.ts';

/**
 * Whether the kernel would truncate its command line on the first boot: a sentence about the longest
 * boot loader entry, or undefined. `firstBoot` is what the first boot gets in addition to the image's
 * own arguments. The entries are known only when the image is on the disk.
 */
export function tooLongForKernel(
  entries: readonly string[],
  firstBoot: readonly string[],
): string | undefined {
  const sizes = entries.map((entry) => Buffer.byteLength(commandLine(entry, firstBoot), 'latin1'));
  const longestBytes = Math.max(0, ...sizes);
  if (longestBytes <= kernelCommandLineBytes) return undefined;
  return (
    `The kernel command line of the first boot has ${longestBytes} bytes, and the kernel truncates it ` +
    `after ${kernelCommandLineBytes}: the last of the image’s own arguments are lost, and it may not boot. ` +
    (firstBoot.length > 0
      ? 'Give fewer or shorter network arguments, and install again.'
      : 'Use another image.')
  );
}

/** GRUB puts the kernel's path first; the image's own variables are assumed to be empty. */
function commandLine(entry: string, firstBoot: readonly string[]): string {
  const [, kernel = ''] = /^[ \t]*linux[ \t]+(\S+)/m.exec(entry) ?? [];
  const own = optionsOf(entry).replaceAll(/\$\{?\w+\}?/g, '');
  const words = own.split(/[ \t\r]+/).filter(Boolean);
  return [`BOOT_IMAGE=(hd0,gpt3)${kernel}`, 'ignition.firstboot', ...firstBoot, ...words].join(' ');
}
