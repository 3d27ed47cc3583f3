import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { obtainNetworkManager, unpackedNetworkManager } from '../../support/network-manager.ts';

/** By what a system configures its network. */
export interface NetworkSetup {
  /** dracut's module for the initramfs. */
  initramfsModule: string;
  /** The one of which the system is made. */
  rootModule: string;
  /** The kernel's arguments on the first boot, unless the installer wrote others. */
  firstBootArguments: string;
  /** A directory that is laid over /usr while dracut runs: what is in it is not installed here. */
  overUsr?: string;
}

/** As Fedora CoreOS of 2019 brought it up: by scripts in the initramfs, then by networkd. */
export const ofNetworkd: NetworkSetup = {
  initramfsModule: 'mini-network',
  rootModule: 'mini-root',
  firstBootArguments: 'rd.neednet=1 ip=dhcp',
};

/** Today's way: by NetworkManager, in the initramfs and later. */
export async function ofNetworkManager(work: string): Promise<NetworkSetup> {
  await obtain();
  const overUsr = join(work, 'over-usr');
  await execa('cp', ['-a', join(unpackedNetworkManager, 'usr'), overUsr]);
  // Some packages of Debian 12 have a part of theirs in /lib, which is a link to there.
  const lib = join(unpackedNetworkManager, 'lib');
  if (existsSync(lib)) await execa('cp', ['-a', `${lib}/.`, join(overUsr, 'lib')]);
  return {
    initramfsModule: 'network-manager mini-network-manager',
    rootModule: 'mini-root-network-manager',
    firstBootArguments: '',
    overUsr,
  };
}

/** A text that differs between versions. */
export async function versionOfNetworkManager(): Promise<string> {
  await obtain();
  const program = await readFile(join(unpackedNetworkManager, 'usr/sbin/NetworkManager'));
  return createHash('sha256').update(program).digest('hex');
}

async function obtain(): Promise<void> {
  if (!(await obtainNetworkManager())) throw new Error('there is no NetworkManager: see above');
}
