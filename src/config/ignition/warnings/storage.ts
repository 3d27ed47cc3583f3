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

/** Whether a decimal number is hardly meant as such: it is an ordinary mode only when read as octal. */
const isOctal = (mode: number) =>
  /^[0-7]+$/.test(`${mode}`) && !isOrdinary(mode) && isOrdinary(Number.parseInt(`${mode}`, 8));

/** Nobody may do more than who is closer (user, group, others), as Butane compares them. */
function isOrdinary(mode: number): boolean {
  const [user, group, others] = [(mode >> 6) & 7, (mode >> 3) & 7, mode & 7] as const;
  const isGraded = [[user, group] as const, [group, others] as const].every(
    ([near, far]) =>
      (far & ~near) === 0 && (far & 0o6) !== 0o2 && !((near & 0o1) === 0o1 && (far & 0o5) === 0o4),
  );
  return mode === 0 || (isGraded && (user & 0o4) !== 0);
}

function* modes({ storage = {} }: Config, minor: number): Generator<Warning> {
  for (const kind of ['files', 'directories'] as const) {
    for (const [index, { mode = 0 }] of (storage[kind] ?? []).entries()) {
      const path = ['storage', kind, index, 'mode'];
      const meant = Number.parseInt(`${mode}`, 8);
      if (mode <= 0o7777 && isOctal(mode))
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
