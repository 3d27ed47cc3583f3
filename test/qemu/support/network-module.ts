import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { underBuildLock } from './build-lock.ts';
import { dist } from './medium.ts';

const project = join(dist, '..');

/** What can configure the medium's network, in place of systemd-networkd: modules of dracut. */
export type NetworkModule = 'network-legacy' | 'network-manager';

/** What `make pxe NETWORK=…` makes, in a directory of its own, with the kernel of the usual medium. */
export async function pxeFilesWith(module: NetworkModule): Promise<string> {
  const work = join(project, 'build', `media-${module}`);
  const output = join(work, 'output');
  mkdirSync(work, { recursive: true });
  const kernel = join(work, 'kernel');
  if (!existsSync(kernel)) symlinkSync(join(project, 'build/media/kernel'), kernel);
  await execa(...underBuildLock('media/build-pxe.sh'), {
    env: { NETWORK: module, WORK: work, OUTPUT: output, SECURE_BOOT: 'no' },
  });
  return join(output, 'pxe');
}
