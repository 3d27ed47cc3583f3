/**
 * Draws the pictures of the bar, the dialogue and the dry run: the packaged program on a real
 * pseudo-terminal, with a loop device as disk.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compress, makeDiskImage } from '../test/support/disk-image.ts';
import { loopDevice } from '../test/support/loop-device.ts';
import { startServer } from '../test/support/servers.ts';
import { Terminal } from '../test/support/terminal.ts';
import { root } from './lib/paths.ts';
import { terminalPicture } from './lib/terminal-picture.ts';

const mib = 1024 * 1024;
const imageName = '/fedora-coreos-metal.x86_64.raw.xz';
const config = `${JSON.stringify({
  ignition: { version: '3.0.0' },
  passwd: {
    users: [
      {
        name: 'core',
        sshAuthorizedKeys: [
          'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIHoc5THMtMmb0eakh0G5xDmOG/83wGX71RkHN/2Dr33 you@laptop',
        ],
      },
    ],
  },
})}\n`;

const raw = await makeDiskImage({ layout: '2019', rootSizeBytes: 96 * mib, fillBytes: 40 * mib });
const image = await readFile(await compress(raw, 'xz', ['-1', `--block-size=${4 * mib}`]));
await using server = await startServer({
  files: { [imageName]: image, '/simple.json': Buffer.from(config) },
  // Slow enough to show the bar.
  fault: (_, { url }) =>
    url === imageName ? { drip: { pieceBytes: 256 * 1024, everyMs: 40 } } : undefined,
});
await using disk = await loopDevice({ sizeBytes: 512 * mib, content: 'zeros' });

const device = ['-d', disk.path.replace('/dev/', '')];
const configured = ['-i', `${server.url}/simple.json`];
const whole = [...device, ...configured, '-b', server.url + imageName];

await draw('bar', whole, (terminal) => terminal.waitFor(/(█{24,}░+\]) +\d\d % {2}0:\d\d left/));
await draw('dry-run', [...whole, '--dry-run'], (terminal) => terminal.exitCode());
await draw('dialogue', [...device, '--check-ignition', 'error'], async (terminal) => {
  const asked = 'Image (URL or path)';
  await terminal.waitFor(asked);
  terminal.type(`${server.url}/fedora-coreos.raw.xz\r`);
  await terminal.waitFor('where the server looks for it.');
  terminal.type(`\x15${server.url}${imageName}\r`);
  await terminal.waitFor('Ignition config (URL or path');
  terminal.type(`${server.url}/simple.json\r`);
  await terminal.waitFor(/Type loop\d+ to overwrite/);
});

/** Draws the screen when `until` resolves. */
async function draw(
  name: string,
  args: readonly string[],
  until: (terminal: Terminal) => Promise<unknown>,
): Promise<void> {
  await using terminal = await Terminal.start({ args, columns: 100, rows: 40 });
  await until(terminal);
  const picture = terminalPicture(`coreos-installer ${args.join(' ')}`, terminal.text(), 100);
  await writeFile(join(root, `docs/images/${name}.svg`), picture);
  terminal.type('\x03');
  await terminal.exitCode();
}
