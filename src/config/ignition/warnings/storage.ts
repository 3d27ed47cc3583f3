import type { Warning } from '../finding.ts';
import type { Config } from '../schema/config.ts';

export function* warningsOfStorage(config: Config, minor: number): Generator<Warning> {
  yield* modes(config, minor);
  yield* networkKeyfiles(config);
  yield* ownersOfHardLinks(config);
  yield* overwrittenDisks(config);
}

/** 3.4 and 3.5 were intended to set them, but did so wrongly. */
const specialBitsSince = 6;

/** Usual modes, when somebody forgot that JSON has no octal numbers. */
const octalLookalikes = [
  ...[400, 440, 444, 550, 555, 600, 640, 644, 660, 664, 666],
  ...[700, 710, 711, 750, 755, 770, 775, 777, 1777],
];

function* modes({ storage = {} }: Config, minor: number): Generator<Warning> {
  for (const kind of ['files', 'directories'] as const) {
    for (const [index, { mode = 0 }] of (storage[kind] ?? []).entries()) {
      const path = ['storage', kind, index, 'mode'];
      const meant = Number.parseInt(`${mode}`, 8);
      if (octalLookalikes.includes(mode))
        yield [
          path,
          `${mode} is decimal here, and means 0${mode.toString(8)}; 0${mode} is ${meant}`,
        ];
      else if (minor < specialBitsSince && mode > 0o777 && mode <= 0o7777)
        yield [path, 'setuid, setgid and sticky bits are not set by versions before 3.6.0'];
    }
  }
}

const keyfileDirectory = /^\/etc\/NetworkManager\/system-connections\/[^/]+$/;

/** NetworkManager(8) reads a keyfile only when it belongs to root, and nobody else may read it. */
function* networkKeyfiles({ storage = {} }: Config): Generator<Warning> {
  for (const [index, { path, mode = 0o644, user }] of (storage.files ?? []).entries()) {
    if (!keyfileDirectory.test(path)) continue;
    const place = ['storage', 'files', index];
    if ((mode & 0o077) !== 0)
      yield [
        [...place, 'mode'],
        'NetworkManager ignores a connection that others may read; its mode must be 0600, which is 384 in JSON',
      ];
    if ((user?.id ?? 0) !== 0 || (user?.name ?? 'root') !== 'root')
      yield [
        [...place, 'user'],
        'NetworkManager ignores a connection that does not belong to root',
      ];
  }
}

function* ownersOfHardLinks({ storage = {} }: Config): Generator<Warning> {
  for (const [index, link] of (storage.links ?? []).entries()) {
    if (!link.hard) continue;
    for (const whose of ['user', 'group'] as const)
      for (const by of ['id', 'name'] as const)
        if (link[whose]?.[by] !== undefined)
          yield [
            ['storage', 'links', index, whose, by],
            'it has no effect: a hard link has the owner of its target',
          ];
  }
}

function* overwrittenDisks({ storage = {} }: Config): Generator<Warning> {
  const disks = new Map((storage.disks ?? []).map((disk) => [disk.device, disk]));
  for (const [index, { device, wipeFilesystem }] of (storage.filesystems ?? []).entries()) {
    const disk = disks.get(device);
    const place = ['storage', 'filesystems', index, 'device'];
    if (disk?.partitions?.length)
      yield [place, 'the file system overwrites the partitions that this config makes there'];
    else if (disk?.wipeTable && !wipeFilesystem)
      yield [
        place,
        'the disk is wiped (wipeTable): an existing file system is not kept, although wipeFilesystem is not set',
      ];
  }
}
