import { availableParallelism } from 'node:os';
import { parseCommandLine } from './cli.ts';
import { exitCodes, InstallerError } from './errors.ts';
import { version } from './version.ts';

// libuv reads this at the first use of its pool: one thread for each block in flight, and some
// for file and DNS work beside them. Child processes get an environment of their own.
process.env['UV_THREADPOOL_SIZE'] = String(availableParallelism() + 8);

async function main(argv: readonly string[]): Promise<number> {
  const command = parseCommandLine(argv, { version });
  switch (command.kind) {
    case 'help':
      process.stdout.write(command.text);
      return 0;
    case 'version':
      return await (await import('./commands/version.ts')).printVersion(command);
    case 'install':
      return await (await import('./commands/install.ts')).runInstall(command.options);
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const known = error instanceof InstallerError;
    process.stderr.write(`${known ? error.message : (error as Error).stack}\n`);
    process.stderr.write('Nothing was written to any disk.\n');
    process.exitCode = known ? error.exitCode : exitCodes.internal;
  },
);
