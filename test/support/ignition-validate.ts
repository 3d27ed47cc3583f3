import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Ignition's own program (of Debian's package `ignition`); 2.14 knows up to version 3.3.0. */
const ignitionValidate = '/usr/bin/ignition-validate';

export interface Verdict {
  readonly valid: boolean;
  /** What it printed. */
  readonly said: string;
}

/** It accepts one config at a time; a shell starts it many times at low cost. */
const script = `cd "$1" && for config in *.ign; do
  ${ignitionValidate} "$config" > "$config.said" 2>&1
  echo $? > "$config.code"
done`;

/** The real program's verdict on each config. */
export async function realVerdicts(configs: readonly string[]): Promise<Verdict[]> {
  const directory = await mkdtemp(join(tmpdir(), 'ignition-validate-'));
  try {
    const shares = availableParallelism();
    const paths = configs.map((_, index) => join(directory, `${index % shares}`, `${index}.ign`));
    for (let share = 0; share < shares; share += 1) await mkdir(join(directory, `${share}`));
    for (const [index, config] of configs.entries()) await writeFile(paths[index] ?? '', config);
    const run = promisify(execFile);
    await Promise.all(
      Array.from({ length: Math.min(shares, configs.length) }, (_, share) =>
        run('/bin/sh', ['-c', script, 'sh', join(directory, `${share}`)]),
      ),
    );
    return await Promise.all(
      paths.map(async (path) => ({
        valid: (await readFile(`${path}.code`, 'utf8')).trim() === '0',
        said: await readFile(`${path}.said`, 'utf8'),
      })),
    );
  } finally {
    await rm(directory, { recursive: true });
  }
}
