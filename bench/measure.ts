import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { mainThreadMs, residentBytes, treeOf } from './process-tree.ts';

/** One run of a command, including everything that it started. */
export interface Run {
  readonly wallMs: number;
  /** User and system time; the kernel's own work for a loop device is not counted. */
  readonly cpuMs: number;
  /** CPU time of the busiest first thread of a process: the work of one thread cannot be distributed. */
  readonly mainThreadMs: number;
  /** The sum of the proportional set sizes of all its processes, and of its files in a tmpfs. */
  readonly peakBytes: number;
}

const sampleMs = 100;

/**
 * Runs a command to its end. `stagedBytes` returns how much it has in a tmpfs at the moment, which is
 * memory as well. If the command fails, throws an error with its output.
 */
export async function measure(
  command: readonly string[],
  stagedBytes: () => number = () => 0,
): Promise<Run> {
  const directory = await mkdtemp(join(tmpdir(), 'coreos-installer-bench-'));
  const report = join(directory, 'time');
  let peakBytes = 0;
  let mainMs = 0;
  try {
    const child = execa('/usr/bin/time', ['-f', '%e %U %S', '-o', report, ...command], {
      stdin: 'ignore',
      all: true,
    });
    const sampler = setInterval(() => {
      const tree = treeOf(child.pid as number);
      const bytes = tree.reduce((sum, pid) => sum + residentBytes(pid), stagedBytes());
      peakBytes = Math.max(peakBytes, bytes);
      mainMs = Math.max(mainMs, ...tree.map(mainThreadMs));
    }, sampleMs);
    await child.finally(() => clearInterval(sampler));
    const last = (await readFile(report, 'utf8')).trim().split('\n').at(-1) ?? '';
    const [wall = 0, user = 0, system = 0] = last.split(' ').map(Number);
    return {
      wallMs: wall * 1000,
      cpuMs: (user + system) * 1000,
      mainThreadMs: mainMs,
      peakBytes,
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The disk usage of the files in a directory. */
export function usedBytes(directory: string): number {
  return readdirSync(directory).reduce(
    (sum, name) => sum + statSync(join(directory, name)).blocks * 512,
    0,
  );
}
