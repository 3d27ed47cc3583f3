/**
 * The state of the disk, which a failed installation reports before the command to try.
 *
 * - `untouched`: not one byte was written.
 * - `no-table`: written to, but without a partition table at either end.
 * - `unknown`: the old partition table was being removed, or the new one was being written and could
 *   not be removed again.
 * - `committed`: complete and bootable.
 */
export type DiskState = 'untouched' | 'no-table' | 'unknown' | 'committed';

/** Tracks one installation; `path` is unknown until the target has been found. */
export class DiskStatus {
  path: string | undefined;
  state: DiskState = 'untouched';
}

/** The state of the disk in one sentence. */
export function describeDiskState({ path, state }: Readonly<DiskStatus>): string {
  switch (state) {
    case 'untouched':
      return `Nothing was written to ${path ?? 'any disk'}.`;
    case 'no-table':
      return `${path} has no partition table and will not boot; run the same command again.`;
    case 'unknown':
      return `${path} may have a partition table and must not be booted from; run the same command again.`;
    case 'committed':
      return `${path} holds the complete installation and will boot.`;
  }
}
