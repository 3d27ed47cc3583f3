import type { Decision, MachineQuery } from '../model.ts';
import { assetUrl, installerArguments, type Urls } from './installer-arguments.ts';
import { queryText } from './read-query.ts';
import { shown, waiting } from './shown.ts';

const retrySeconds = 10;
/** Without an answer; as in iPXE, a disk does not wait forever. GRUB cannot count, only compare. */
const tries = 30;

/** With an error, as in iPXE; a GRUB that knows no code ignores it. */
const leave = 'exit 1';

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
    leave,
  ];
}

/**
 * A decision in the language of GRUB. `again`: it is asked by a loop that an earlier answer began, so
 * that no loop is begun within another: each level would take memory.
 */
export function grubConfig(
  decision: Decision,
  urls: Urls,
  { query, again }: { readonly query: MachineQuery; readonly again: boolean },
): string {
  const { lines, seconds } = linesFor(decision, urls, query);
  const { serial, ...others } = query;
  // GRUB would send a space as it is.
  const known = serial !== undefined && /^[\w.-]+$/.test(serial) ? query : others;
  const ask = grubPath(`${urls.url}/grub?${queryText(known).replaceAll('%3A', ':')}&again=1`);
  const loop = [`sleep ${seconds}`, ...askingLoop(`'${ask}'`, seconds)];
  const end = again || seconds === undefined ? [] : loop;
  return `${['set tries=', ...lines, ...end].join('\n')}\n`;
}

function linesFor(
  decision: Decision,
  urls: Urls,
  query: MachineQuery,
): { readonly lines: readonly string[]; readonly seconds?: number } {
  switch (decision.kind) {
    case 'install': {
      const { machine, profile, assetsUrl } = decision;
      const args = installerArguments(decision, urls, query);
      const kernel = grubPath(assetUrl(assetsUrl, profile.kernel));
      const initramfs = grubPath(assetUrl(assetsUrl, profile.initramfs));
      return {
        lines: [
          `echo '${shown(machine.name)}: starting the installer'`,
          // GRUB itself puts an argument with a space into quotes.
          `if linux '${kernel}' ${args.map((argument) => `'${argument}'`).join(' ')}; then`,
          `if initrd '${initramfs}'; then boot; fi`,
          'fi',
          `echo 'The installer could not be loaded. Trying again in ${retrySeconds} seconds.'`,
        ],
        seconds: retrySeconds,
      };
    }
    case 'wait':
      return {
        lines: [`echo '${waiting(decision)}'`],
        seconds: Math.ceil(decision.retryAfterMs / 1000),
      };
    case 'local-boot':
      return {
        lines: [`echo 'Booting the disk: ${shown(decision.why)}'`, leave],
      };
  }
}

/** A URL as GRUB names a file: `(http,192.0.2.1,8080)/path`. GRUB before 2.12 knows port 80 only. */
export function grubPath(url: string): string {
  const { hostname, port, pathname, search } = new URL(url);
  return `(http,${hostname}${port === '' ? '' : `,${port}`})${pathname}${search}`;
}
