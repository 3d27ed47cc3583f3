/**
 * Draws the way of a machine, from the medium to a rollback: the serial console of the scenario of that
 * name (see test/qemu/lifecycle.test.ts) on standard input, SVG on standard output. Shows what the installer
 * printed at its end, and of the commands that succeeded later those that say what runs.
 */
import { text } from 'node:stream/consumers';
import { terminalPicture } from './lib/terminal-picture.ts';

const shown =
  /^(ostree admin (status|upgrade)|hostname$|cat \/usr\/share\/mini-coreos-2$|\/usr\/libexec\/mini-coreos\/set-default)/;

const escapeCode = String.fromCharCode(27);
const escapes = new RegExp(`${escapeCode}(\\[[0-9;?]*[a-zA-Z]|[()][A-Z0-9])`, 'g');

/** From the console of all boots: the lines of the picture. */
function linesOf(log: string): string[] {
  const lines: string[] = [];
  let command = '';
  for (const line of log.replaceAll('\r', '').replaceAll(escapes, '').split('\n')) {
    if (/^(Installed in|Next:) /.test(line)) lines.push(line);
    const typed = /o=\$\( \{ (.*?); \} 2>&1 \)/.exec(line)?.[1];
    if (typed !== undefined) command = typed;
    const answer = /^@answer 0 ([\w+/=]*)\.$/.exec(line)?.[1];
    if (answer !== undefined && shown.test(command)) {
      const output = Buffer.from(answer, 'base64').toString('utf8').trimEnd();
      lines.push(`${escapeCode}[1m# ${command}`, ...output.split('\n').filter(Boolean));
    }
    if (/exec systemctl reboot/.test(line)) lines.push(`${escapeCode}[1m# systemctl reboot`, '');
  }
  return lines;
}

process.stdout.write(
  terminalPicture(
    'from the medium to a rollback: the serial console of a machine',
    linesOf(await text(process.stdin)).join('\n'),
    110,
  ),
);
