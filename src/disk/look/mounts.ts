import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { listPids, majMinOf } from '../../system/processes.ts';

export interface SeenMount {
  readonly majMin: string;
  readonly mountPoint: string;
  readonly otherNamespacePid: number | undefined;
}

export interface MountInfo {
  readonly majMin: string;
  readonly mountPoint: string;
  readonly source: string;
}

/**
 * The mounts of these devices in every mount namespace that /proc shows. A mount that several
 * namespaces share is listed once, for the installer's own namespace where it is one of them.
 */
export function mountsOf(majMins: ReadonlySet<string>, procRoot: string): SeenMount[] {
  const seen = new Map<string, SeenMount>();
  const ownView = viewOf('self', procRoot);
  const views = new Map<string, number | undefined>([[ownView, undefined]]);
  for (const pid of listPids(procRoot)) {
    const view = viewOf(`${pid}`, procRoot);
    if (!views.has(view)) views.set(view, pid);
  }
  for (const pid of views.values()) {
    for (const mount of readMounts(join(procRoot, `${pid ?? 'self'}/mountinfo`))) {
      const majMin = [mount.majMin, numberOfSource(mount.source)].find(
        (number) => number !== undefined && majMins.has(number),
      );
      const key = `${majMin} ${mount.mountPoint}`;
      if (majMin === undefined || seen.has(key)) continue;
      seen.set(key, { majMin, mountPoint: mount.mountPoint, otherNamespacePid: pid });
    }
  }
  return [...seen.values()];
}

/** Processes with the same namespace and root see the same mounts. */
function viewOf(pid: string, procRoot: string): string {
  const link = (name: string) => {
    try {
      return readlinkSync(join(procRoot, pid, name));
    } catch {
      return '';
    }
  };
  return `${link('ns/mnt')} ${link('root')}`;
}

function readMounts(path: string): MountInfo[] {
  try {
    return parseMountInfo(readFileSync(path, 'utf8'));
  } catch {
    return [];
  }
}

/** Source of fact: proc(5), `/proc/pid/mountinfo`. */
export function parseMountInfo(text: string): MountInfo[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , majMin, , mountPoint] = before.split(' ');
    const [, source] = after.split(' ');
    if (!majMin || !mountPoint) return [];
    return [{ majMin, mountPoint: unescapeOctal(mountPoint), source: unescapeOctal(source ?? '') }];
  });
}

/** A btrfs mount has a number of its own; only its source names the device. */
function numberOfSource(source: string): string | undefined {
  if (!source.startsWith('/dev/')) return undefined;
  try {
    const stats = statSync(source);
    return stats.isBlockDevice() ? majMinOf(stats.rdev) : undefined;
  } catch {
    return undefined;
  }
}

/** The kernel writes space, tab, newline, backslash and `#` as three octal digits. */
export function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
