/**
 * The state of the disk, which a failed installation reports before the command to try.
 *
 * - `untouched`: not one byte was written.
 * - `no-table`: written to, but without a partition table at either end.
 * - `saved-only`: written to, with a partition table that has the saved partitions only.
 * - `unknown`: the old partition table was being removed, or the new one was being written and could
 *   not be removed again.
 * - `committed`: complete and bootable.
 */
export type DiskState = 'untouched' | 'no-table' | 'saved-only' | 'unknown' | 'committed';

/** Tracks one installation; `path` is unknown until the target has been found. */
export class DiskStatus {
  path: string | undefined;
  state: DiskState = 'untouched';
  /** The partitions that stay, `5 "data"`. */
  saved: readonly string[] = [];
}

/** The state of the disk in one sentence. */
export function describeDiskState({ path, state, saved }: Readonly<DiskStatus>): string {
  const partitions = `partition${saved.length === 1 ? '' : 's'} ${saved.join(', ')}`;
  switch (state) {
    case 'untouched':
      return `Nothing was written to ${path ?? 'any disk'}.`;
    case 'no-table':
      return `${path} has no partition table and will not boot; run the same command again.`;
    case 'saved-only':
      return `${path} has only its saved ${partitions}, and will not boot; run the same command again.`;
    case 'unknown':
      if (saved.length > 0)
        return `${path} may have an old, a new or a damaged partition table and must not be booted from; its saved ${partitions} are on it, and in at least one of the two copies of the table; run the same command again.`;
      return `${path} may have a partition table and must not be booted from; run the same command again.`;
    case 'committed':
      return `${path} holds the complete installation and will boot.`;
  }
}
