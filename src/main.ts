import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { version } from './lib/version.ts';
import { loadProgram } from './load-program.ts';
import { exitCodeOfOutput, outliveReaders } from './system/standard-output.ts';

// libuv reads this at the first use of its pool: one thread for each block that is decoded, and some
// more for digests, files and DNS. Child processes get another environment.
process.env['UV_THREADPOOL_SIZE'] = String(availableParallelism() + 8);

const argv = process.argv.slice(2);
const name = basename(process.argv0);
void answer().then((exitCode) => (process.exitCode = exitCode));

async function answer(): Promise<number> {
  if (name === 'fcct' || name === 'butane' || argv.length !== 1 || argv[0] !== '--version')
    return await (await loadProgram()).run(argv, name);
  // Scripts call this most often: it takes less than a third of the start-up time.
  outliveReaders();
  process.stdout.write(`coreos-installer ${version}\n`);
  return await exitCodeOfOutput();
}
