import type { Decision, MachineQuery } from '../rule/control-interface.ts';
import { bootScript, type Loader, retrySeconds } from './boot-script.ts';
import type { Urls } from './installer-arguments.ts';
import { queryText } from './read-query.ts';

/** Without an answer; as in iPXE, a disk does not wait forever. GRUB cannot count, only compare. */
const tries = 30;

/**
 * Starts the loader on the disk. To leave it to the firmware, as iPXE does, is the last resort: GRUB knows
 * no exit code, but for that of Fedora, and after a success UEFI firmware shows its menu (UEFI 2.10, 3.1.1).
 */
const leave = [
  // What is loaded takes the root for where it came from.
  'if search --no-floppy --label --set=root EFI-SYSTEM; then true',
  'else search --no-floppy --file --set=root /EFI/BOOT/BOOTX64.EFI; fi',
  'for loader in /EFI/*/shimx64.efi /EFI/BOOT/BOOTX64.EFI; do',
  '  if [ -f "$loader" ]; then chainloader "$loader"; boot; fi',
  'done',
  'exit 1',
];

/**
 * Asks until an answer boots or leaves. Each answer sets `tries` back: who waits for its turn is not
 * without an answer.
 */
export function askingLoop(path: string, seconds = retrySeconds): readonly string[] {
  return [
    'set tries=',
    `while [ "$tries" != ${'x'.repeat(tries)} ]; do`,
    '  set tries="x$tries"',
    `  source ${path}`,
    `  sleep ${seconds}`,
    'done',
    "echo 'The provisioning server does not answer. Booting the disk.'",
    ...leave,
  ];
}

const grub: Loader = {
  print: (text) => `echo '${text}'`,
  // GRUB itself puts an argument with a space into quotes.
  install: (kernel, initramfs, args) => [
    `if linux '${grubPath(kernel)}' ${args.map((argument) => `'${argument}'`).join(' ')}; then`,
    `if initrd '${grubPath(initramfs)}'; then boot; fi`,
    'fi',
  ],
  leave: () => leave,
};

/**
 * A decision in the language of GRUB. `again`: it is asked by a loop that an earlier answer began, so
 * that no loop is begun within another: each level would take memory.
 */
export function grubConfig(
  decision: Decision,
  urls: Urls,
  { query, again }: { readonly query: MachineQuery; readonly again: boolean },
): string {
  const { lines, againSeconds } = bootScript(decision, urls, query, grub);
  const { serial = '', ...others } = query;
  // GRUB would send a space as it is.
  const known = /^[\w.-]+$/.test(serial) ? query : others;
  const ask = grubPath(`${urls.url}/grub?${queryText(known).replaceAll('%3A', ':')}&again=1`);
  const loop =
    again || againSeconds === undefined
      ? []
      : [`sleep ${againSeconds}`, ...askingLoop(`'${ask}'`, againSeconds)];
  return `${['set tries=', ...lines, ...loop].join('\n')}\n`;
}

/** A URL as GRUB names a file: `(http,192.0.2.1:8080)/path`. GRUB before 2.12 knows port 80 only. */
export function grubPath(url: string): string {
  const { host, pathname, search } = new URL(url);
  return `(http,${host})${pathname}${search}`;
}
