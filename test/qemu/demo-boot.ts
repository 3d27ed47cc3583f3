import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildMiniCoreos } from './mini-coreos/build.ts';
import { chooseAccelerator, useAccelerator } from './support/accelerator.ts';
import { fetched, withShell } from './support/configs.ts';
import { emptyDisk } from './support/disk.ts';
import { qemuArguments } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { automatic, serve } from './support/server.ts';

// One virtual machine for a person to watch and use: its serial line is this terminal.

const explanation = `
This virtual machine boots the installer's ISO, installs a small system of the shape of Fedora CoreOS
from a server on this machine, and boots it: three minutes without KVM. Then you are root on it. Try:

    ostree admin status             what is installed
    ostree admin upgrade --stage    fetches the next release over HTTP
    systemctl reboot                boots it

Ctrl-A X ends the machine.

`;

const choice = await chooseAccelerator(process.env['ACCEL']);
useAccelerator(choice);
console.log('Building the system to install. It is kept for the next time.');
await buildMiniCoreos();
const directory = await mkdtemp(join(tmpdir(), 'coreos-installer-demo-boot-'));
try {
  const file = (name: string) => join(directory, name);
  // The image has the first release.
  await using server = await serve({
    config: withShell,
    files: { 'fetched.txt': fetched },
    release: () => '2',
  });
  const iso = await isoWithArguments({ file }, automatic());
  process.stdout.write(explanation);
  const options = {
    disks: [{ file: emptyDisk(file('disk.raw')) }],
    iso,
    memoryMib: 1024,
    network: { serverPort: server.port },
    escapes: true,
  };
  const machine = spawn('qemu-system-x86_64', qemuArguments(options, directory), {
    stdio: 'inherit',
  });
  const [code] = await once(machine, 'exit');
  process.exitCode = code ?? 1;
} finally {
  await rm(directory, { recursive: true });
}
