/**
 * Of the serial console of lifecycle.test.ts, on standard input: what the installer printed at its end, and
 * of the commands that succeeded later those that say what runs.
 */
import { text } from 'node:stream/consumers';
import { type Answer, commandsIn } from './support/guest.ts';
import { plain } from './support/serial-console.ts';

const shown =
  /^(ostree admin (status|upgrade)|hostname$|cat \/usr\/share\/mini-coreos-2$|\/usr\/libexec\/mini-coreos\/set-default)/;

const bold = (line: string) => `\x1b[1m${line}`;

function linesOf(command: string, answer: Answer | undefined): string[] {
  if (answer === undefined) return [bold(`# ${command}`), ''];
  if (answer.exitCode !== 0 || !shown.test(command)) return [];
  return [bold(`# ${command}`), ...answer.output.split('\n').filter(Boolean)];
}

const log = plain(await text(process.stdin));
const installer = log.match(/^(Installed in|Next:) .*$/gm) ?? [];
const later = commandsIn(log).flatMap(({ command, answer }) => linesOf(command, answer));
console.log([...installer, ...later].join('\n'));
