import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { loopDevice } from '../test/support/loop-device.ts';
import type { Case } from './cases.ts';
import type { Contender } from './contenders.ts';
import { measure, type Run, usedBytes } from './measure.ts';
import { serve } from './network.ts';
import type { CaseResult } from './report.ts';
import { schedule } from './rounds.ts';

const gib = 1024 ** 3;
const deviceSizeBytes = 24 * gib;

/**
 * Runs all contenders of one case, each on a new loop device, and prints every run. A contender that
 * fails is not run again; the others are.
 */
export async function runCase(one: Case, rounds: number): Promise<CaseResult> {
  const image = await one.image();
  const failures: Record<string, string> = {};
  const attempt = async (contender: Contender, work: () => Promise<void>) => {
    if (contender.name in failures) return;
    await work().catch((error: Error) => {
      failures[contender.name] = error.message;
      console.error(`${one.name}: ${contender.name} fails: ${error.message}`);
    });
  };
  for (const contender of one.contenders)
    await attempt(contender, async () => await contender.prepare?.());
  await using network = await serve(dirname(image), one.bytesPerSecond);
  const url = `${network.url}/${basename(image)}`;
  const runs: Record<string, Run[]> = {};
  if (!one.cold) readAll(image);
  for (const contender of schedule(one.contenders, rounds)) {
    await attempt(contender, async () => {
      if (one.cold) await forget(image);
      const run = await runOnce(contender, url);
      runs[contender.name] = [...(runs[contender.name] ?? []), run];
      console.log(`${one.name}: ${contender.name}: ${inWords(run)}`);
    });
  }
  const { name, goals, memoryGoalBytes } = one;
  const imageSizeBytes = (await stat(image)).size;
  return { name, imageSizeBytes, goals, memoryGoalBytes, runs, failures };
}

async function runOnce(contender: Contender, url: string): Promise<Run> {
  await using device = await loopDevice({
    sizeBytes: deviceSizeBytes,
    content: 'zeros',
    directIo: true,
  });
  const directory = await mkdtemp('/var/tmp/coreos-installer-bench-');
  const tmpfs = await mkdtemp('/dev/shm/coreos-installer-bench-');
  try {
    const job = { url, device: device.path, deviceSizeBytes, directory, tmpfs };
    return await measure(contender.command(job), () => usedBytes(tmpfs));
  } finally {
    await rm(directory, { recursive: true });
    await rm(tmpfs, { recursive: true });
  }
}

/** Reads the image into the page cache: the speed of the images' disk is not compared. */
function readAll(image: string): void {
  execFileSync('cat', [image], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Drops the image from the page cache: dd(1) does that for a whole file with `nocache` and `count=0`. */
async function forget(image: string): Promise<void> {
  execFileSync('dd', [`if=${image}`, 'iflag=nocache', 'count=0', 'status=none']);
}

function inWords({ wallMs, cpuMs, mainThreadMs, peakBytes }: Run): string {
  const [wall, cpu, main] = [wallMs, cpuMs, mainThreadMs].map((ms) => (ms / 1000).toFixed(1));
  return `${wall} s, CPU ${cpu} s (${main} s in one thread), ${Math.round(peakBytes / 1e6)} MB`;
}
