import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * The processes of this machine, from /proc. They may end at any time, and those of other users may
 * be hidden: what cannot be read is left out.
 * Source of fact: proc(5).
 */
export function listPids(procRoot: string): number[] {
  return attempt(() => readdirSync(procRoot), [])
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b);
}

/** Its name. Node gives the same one to all its programs: then the name of the executable. */
export function commandOf(pid: number, procRoot: string): string {
  const name = attempt(() => readFileSync(join(procRoot, `${pid}/comm`), 'utf8').trim(), '?');
  return name === 'MainThread' ? (programOf(pid, procRoot) ?? name) : name;
}

/**
 * The systemd service whose own program this is, without `.service`. Undefined for what another
 * service (sshd, a shell) has started: stopping that service is no way to stop it.
 */
export function serviceOf(pid: number, procRoot: string): string | undefined {
  const groups = attempt(() => readFileSync(join(procRoot, `${pid}/cgroup`), 'utf8'), '');
  const [, service] = /\/([^/\n]+)\.service$/m.exec(groups) ?? [];
  return service === programOf(pid, procRoot) ? service : undefined;
}

function programOf(pid: number, procRoot: string): string | undefined {
  return attempt(() => basename(readlinkSync(join(procRoot, `${pid}/exe`))), undefined);
}

export interface OpenDevice {
  readonly majMin: string;
  readonly forWriting: boolean;
}

/** The block devices that a process has open. */
export function openDevicesOf(pid: number, procRoot: string): OpenDevice[] {
  const directory = join(procRoot, `${pid}/fd`);
  return attempt(() => readdirSync(directory), []).flatMap((fd) =>
    attempt(() => {
      const path = join(directory, fd);
      // The link is read first: a stat could hang on a dead network file system.
      if (!readlinkSync(path).startsWith('/dev/')) return [];
      const stats = statSync(path);
      if (!stats.isBlockDevice()) return [];
      return [{ majMin: majMinOf(stats.rdev), forWriting: isForWriting(pid, fd, procRoot) }];
    }, []),
  );
}

function isForWriting(pid: number, fd: string, procRoot: string): boolean {
  const info = readFileSync(join(procRoot, `${pid}/fdinfo/${fd}`), 'utf8');
  const flags = Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? '0', 8);
  return (flags & 0o3) !== 0;
}

/**
 * When a process started, in clock ticks since boot (field 22 of /proc/PID/stat): together with
 * its id it names one process for as long as the machine runs. Undefined when there is none.
 */
export function startTimeOf(pid: number, procRoot = '/proc'): string | undefined {
  const stat = attempt(() => readFileSync(join(procRoot, `${pid}/stat`), 'utf8'), undefined);
  // The command, field 2, may hold spaces and parentheses.
  const [state, ...rest] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return state === 'Z' ? undefined : rest[18];
}

/** `8:0` for the number that a stat gives (glibc's gnu_dev_major and gnu_dev_minor). */
export function majMinOf(rdev: number): string {
  const device = BigInt(rdev);
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn & 0xffff_ffffn);
  return `${major}:${minor}`;
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
