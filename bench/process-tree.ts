import { readdirSync, readFileSync } from 'node:fs';

/** The unit of times in proc(5): USER_HZ is 100 on every architecture with Node for Linux. */
const tickMs = 10;

/** A process and all its descendants that still exist. */
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

/** Its proportional set size. */
export function residentBytes(pid: number): number {
  return of(pid, 0, () => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
  });
}

/** User and system time of its first thread until now. */
export function mainThreadMs(pid: number): number {
  return of(pid, 0, () => {
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8');
    // After the name, which may contain anything: state is the first field, utime the 12th (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  });
}

/** The process may have ended; other errors are not expected. */
function of<T>(pid: number, gone: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return gone;
    throw new Error(`cannot read the data of process ${pid}`, { cause: error });
  }
}
