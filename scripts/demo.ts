/**
 * Shows a whole installation to a loop device: builds an image with the layout of Fedora CoreOS, serves
 * it on the loopback interface, installs it with the packaged program, and shows the result.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { compress, makeDiskImage } from '../test/support/disk-image.ts';
import { bootFileSystem, unexpectedDifferences } from '../test/support/installed-disk.ts';
import { inPrivateNamespace, installerCommand } from '../test/support/installer.ts';
import { loopDevice } from '../test/support/loop-device.ts';
import { requireOwnMounts } from '../test/support/own-mounts.ts';
import { startServer } from '../test/support/servers.ts';
import { withOneLineErrors } from './lib/one-line-errors.ts';

const mib = 1024 * 1024;
const blockSize = `--block-size=${16 * mib}`;

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

await withOneLineErrors('make demo', async () => {
  requireOwnMounts();
  const imagePath = await makeDiskImage({
    layout: '2019',
    rootSizeBytes: 96 * mib,
    fillBytes: 40 * mib,
  });
  const compressedPath = await compress(imagePath, 'xz', ['-T2', blockSize, '-1']);
  await using server = await startServer({
    files: {
      '/container/fedora-coreos-metal.x86_64.raw.xz': await readFile(compressedPath),
      '/container/simple.json': Buffer.from(config),
    },
  });
  await using disk = await loopDevice({ sizeBytes: 512 * mib, content: 'zeros' });
  await using directory = await temporaryDirectory();

  const args = [
    ...['-d', disk.path.replace('/dev/', '')],
    ...['-i', `${server.url}/container/simple.json`],
    ...['-b', `${server.url}/container/fedora-coreos-metal.x86_64.raw.xz`],
  ];
  show(`coreos-installer ${args.join(' ')}`);
  await writeFile(
    join(directory.path, 'cmdline'),
    'ip=192.0.2.200::192.0.2.1:255.255.255.0::eth0:none\n',
  );
  const [command, ...commandArgs] = inPrivateNamespace(directory.path, installerCommand(args));
  const { exitCode } = await execa(command as string, commandArgs, {
    stdio: 'inherit',
    reject: false,
  });
  if (exitCode !== 0)
    throw new Error(`the installation failed with exit code ${exitCode}, see above`);

  show(`sgdisk --print ${disk.path}`);
  await execa('sgdisk', ['--print', disk.path], { stdio: 'inherit' });

  const boot = await bootFileSystem(disk.path);
  show('cat boot:/ignition/config.ign');
  process.stdout.write(await boot.read('ignition/config.ign'));
  show('cat boot:/ignition.firstboot');
  process.stdout.write(await boot.read('ignition.firstboot'));

  show('cmp image disk   # outside the boot partition and the partition table');
  const unexpected = await unexpectedDifferences(imagePath, disk.path);
  if (unexpected.length > 0) throw new Error(`The disk differs: ${JSON.stringify(unexpected)}`);
  if (!(await boot.clean())) throw new Error('The boot file system is damaged.');
  process.stdout.write('Identical.\n');
});

function show(line: string): void {
  process.stdout.write(`\n\x1b[1m# ${line}\x1b[0m\n`);
}

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp('/var/tmp/coreos-installer-demo-');
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
