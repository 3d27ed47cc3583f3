import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, in which proc(5) counts; 100 on every architecture that Linux runs Node on. */
const tickMs = 10;

/** A process and all its descendants, as far as they are still there. */
export function treeOf(pid: number): number[] {
  const children = of(pid, [] as number[], () =>
    readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    ),
  );
  return [pid, ...children.flatMap(treeOf)];
}

/** Its memory, with its share of what it has in common with others. */
export function residentBytes(pid: number): number {
  return of(pid, 0, () => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
  });
}

/** User and system time of its first thread so far. */
export function mainThreadMs(pid: number): number {
  return of(pid, 0, () => {
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8');
    // From behind the name, which may hold anything: state is the first, utime the 12th (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  });
}

/** It may have ended meanwhile; anything else is not expected. */
function of<T>(pid: number, gone: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return gone;
    throw new Error(`cannot look at process ${pid}`, { cause: error });
  }
}
