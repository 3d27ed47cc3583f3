import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { loadProgram } from './load-program.ts';
import { version } from './version.ts';

// libuv reads this at the first use of its pool: one thread for each block in flight, and some
// for digests, files and DNS beside them. Child processes get an environment of their own.
process.env['UV_THREADPOOL_SIZE'] = String(availableParallelism() + 8);

const argv = process.argv.slice(2);
const name = basename(process.argv0);
if (name !== 'fcct' && name !== 'butane' && argv.length === 1 && argv[0] === '--version')
  // Asked most often, by scripts: answered before a third of the start-up time is spent.
  process.stdout.write(`coreos-installer ${version}\n`);
else void loadProgram().then(async ({ run }) => (process.exitCode = await run(argv, name)));
