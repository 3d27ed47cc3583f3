import { piecesOf } from '../../lib/file-range.ts';
import { createOutput } from '../../lib/output-file.ts';
import { packMembers } from '../../media/initrd.ts';
import { liveConfigPath } from '../../media/live-files.ts';
import { readLiveInitrd } from '../../media/live-initrd.ts';
import { type OpenFile, openFile } from '../../media/open-file.ts';
import { refuseTerminal, writeToStandardOutput } from '../../system/binary-output.ts';
import { warn } from '../../ui/output.ts';
import type { CustomizeOptions } from '../customize-options.ts';
import { onMedium } from '../on-medium.ts';
import { plannedCustomization, readWishes } from '../plan-customize.ts';

export interface PxeCustomize extends CustomizeOptions {
  readonly initrd: string;
  /** A new file, or `-` for standard output. */
  readonly output: string;
}

/** Writes a customized copy; returns the exit code. */
export async function customizePxe(options: PxeCustomize): Promise<number> {
  const { initrd, output } = options;
  return await onMedium(async (signal) => {
    if (output === '-') refuseTerminal();
    const wishes = await readWishes(options);
    await using base = await openFile(initrd, 'read');
    const features = await readLiveInitrd(base, signal);
    // Its kernel arguments are elsewhere.
    const { members } = plannedCustomization(wishes, { name: initrd, features, kernel: [] });
    if (members.has(liveConfigPath))
      warn('The kernel arguments must contain ignition.firstboot ignition.platform.id=metal.');
    const pieces = followedBy(base, await packMembers(members), signal);
    await (output === '-' ? writeToStandardOutput(pieces) : createOutput(output, pieces));
  });
}

/** The kernel unpacks archives one after the other, without padding between them. */
async function* followedBy(base: OpenFile, archive: Uint8Array, signal: AbortSignal) {
  yield* piecesOf(base, { startBytes: 0, sizeBytes: base.sizeBytes }, signal);
  yield archive;
}
