import { kernelCommandLineBytes } from '../parameters/kernel-cmdline.ts';
import { argumentsOf, isMenuEntry } from './boot-entry.ts';

/**
 * Whether the kernel would truncate its command line on the first boot: a sentence about the longest
 * boot loader entry, or undefined. `firstBoot` is what the first boot gets in addition to the entry's
 * arguments, of which the last ones are those that the user added, if there are any. The entries are
 * known only when the image is on the disk.
 */
export function tooLongForKernel(
  entries: readonly string[],
  firstBoot: readonly string[],
  { hasAppended }: { readonly hasAppended: boolean },
): string | undefined {
  const further = ['ignition.firstboot', ...firstBoot];
  const sizes = entries.filter(isMenuEntry).map((entry) => lengthBytes(entry, further));
  const longestBytes = Math.max(0, ...sizes);
  if (longestBytes <= kernelCommandLineBytes) return undefined;
  const shortened = [
    ...(firstBoot.length > 0 ? ['network arguments'] : []),
    ...(hasAppended ? ['kernel arguments (--append-karg)'] : []),
  ].join(' or ');
  const lost = hasAppended
    ? 'the last ones of --append-karg are lost, and perhaps some of the image’s own'
    : 'the last of the image’s own arguments are lost';
  return (
    `The kernel command line of the first boot has ${longestBytes} bytes, and the kernel truncates it ` +
    `after ${kernelCommandLineBytes}: ${lost}, and it may not boot. ` +
    (shortened === ''
      ? 'Use another image.'
      : `Give fewer or shorter ${shortened}, and install again.`)
  );
}

/** Whether the kernel would truncate it on every boot, in words. */
export function longerThanKernel(entry: string): string | undefined {
  const bytes = lengthBytes(entry, []);
  return bytes > kernelCommandLineBytes
    ? `the kernel command line has ${bytes} bytes, and the kernel ignores all after ${kernelCommandLineBytes}`
    : undefined;
}

/** GRUB puts the kernel's path first; the image's own variables are assumed to be empty. */
function lengthBytes(entry: string, further: readonly string[]): number {
  const [, kernel = ''] = /^[ \t]*linux[ \t]+(\S+)/m.exec(entry) ?? [];
  const own = argumentsOf(entry).replaceAll(/\$\{?\w+\}?/g, '');
  const words = own.split(/[ \t\r]+/).filter(Boolean);
  const line = [`BOOT_IMAGE=(hd0,gpt3)${kernel}`, ...further, ...words].join(' ');
  return Buffer.byteLength(line, 'latin1');
}
