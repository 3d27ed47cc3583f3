/** MS_RDONLY, MS_NOSUID, MS_NODEV and MS_NOEXEC of mount(2). */
export const untouchedFlags = 1 | 2 | 4 | 8;

/**
 * With which options a file system is read without writing anything: its journal or log is not replayed
 * (ext4(5), xfs(5), btrfs(5)). The driver of ext4 refuses that for ext2, which has no journal; XFS refuses
 * a second file system with the same UUID. What is not here is not mounted: no other driver is loaded for
 * what is found on a disk.
 */
export const untouchedData: Readonly<Record<string, string>> = {
  ...{ vfat: '', exfat: '', iso9660: '', udf: '' },
  ...{ ext2: '', ext3: 'norecovery', ext4: 'norecovery', xfs: 'norecovery,nouuid' },
  btrfs: 'rescue=nologreplay',
};
