import { parseCommandLine } from './cli.ts';
import { exitCodes, InstallerError } from './errors.ts';
import { version } from './version.ts';

/** Runs what the command line asks for; resolves with the exit code. Throws nothing. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    return await obey(argv);
  } catch (error) {
    const known = error instanceof InstallerError;
    process.stderr.write(`${known ? error.message : (error as Error).stack}\n`);
    process.stderr.write('Nothing was written to any disk.\n');
    return known ? error.exitCode : exitCodes.internal;
  }
}

async function obey(argv: readonly string[]): Promise<number> {
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
