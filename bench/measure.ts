import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** One run of a command, everything that it started included. */
export interface Run {
  readonly wallMs: number;
  /** User and system time; the kernel's own work for a loop device is in nobody's account. */
  readonly cpuMs: number;
  /** Proportional set sizes of all its processes together, and what it keeps in a tmpfs. */
  readonly peakBytes: number;
}

const sampleMs = 50;

/**
 * Runs a command to its end. `stagedBytes` tells what it has put into a tmpfs so far: that is
 * memory, too. Throws with what the command said when it fails.
 */
export async function measure(
  command: readonly string[],
  stagedBytes: () => number = () => 0,
): Promise<Run> {
  const directory = await mkdtemp(join(tmpdir(), 'coreos-installer-bench-'));
  const report = join(directory, 'time');
  let peakBytes = 0;
  try {
    const child = execa('/usr/bin/time', ['-f', '%e %U %S', '-o', report, ...command], {
      stdin: 'ignore',
      all: true,
    });
    const sampler = setInterval(() => {
      peakBytes = Math.max(peakBytes, residentBytes(child.pid as number) + stagedBytes());
    }, sampleMs);
    await child.finally(() => clearInterval(sampler));
    const last = (await readFile(report, 'utf8')).trim().split('\n').at(-1) ?? '';
    const [wall = 0, user = 0, system = 0] = last.split(' ').map(Number);
    return { wallMs: wall * 1000, cpuMs: (user + system) * 1000, peakBytes };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Of a process and all its descendants. */
function residentBytes(pid: number): number {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
    );
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const ownBytes = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
    return children.reduce((sum, child) => sum + residentBytes(Number(child)), ownBytes);
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}
