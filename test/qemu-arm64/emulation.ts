import { spawnSync } from 'node:child_process';
import { underBuildLock } from '../qemu/support/build-lock.ts';

/** What the scripts exit with where this machine, or its sources of packages, are the reason. */
const unable = 77;

/** For `skipIf`: whether this machine cannot build media for arm64; prints the reason. */
export function lacksEmulation(): boolean {
  const probe = underBuildLock('media/with-emulation.sh', 'media/root-packages.sh');
  const { status, stderr } = spawnSync(...probe, {
    env: { ...process.env, ARCH: 'arm64' },
    encoding: 'utf8',
  });
  if (status === unable) console.warn(`The medium for arm64 is not tested: ${stderr.trim()}`);
  return status === unable;
}
