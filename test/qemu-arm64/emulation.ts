import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.ts';

/** What media/with-emulation.sh exits with where the machine does not allow it. */
const refused = 77;

/** For `skipIf`: whether this machine cannot build media for arm64; prints the reason. */
export function lacksEmulation(): boolean {
  const { status, stderr } = spawnSync(join(root, 'media/with-emulation.sh'), ['true'], {
    env: { ...process.env, ARCH: 'arm64' },
    encoding: 'utf8',
  });
  if (status === refused) console.warn(`The medium for arm64 is not tested: ${stderr.trim()}`);
  return status === refused;
}
