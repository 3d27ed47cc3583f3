import { commandOf, parseCommandLine, type Request } from './commands/parse.ts';
import { exitCodes, InstallerError } from './lib/errors.ts';
import { withCode } from './lib/failure-codes.ts';
import { version } from './lib/version.ts';
import { exitCodeOfOutput, outliveReaders } from './system/standard-output.ts';
import { warn } from './ui/output.ts';

/**
 * Runs the command of a command line, for a program called `programName`; resolves with the exit
 * code. Throws nothing.
 */
export async function run(argv: readonly string[], programName = ''): Promise<number> {
  outliveReaders();
  try {
    return await answer(parseCommandLine(argv, { version, programName }));
  } catch (error) {
    const known = error instanceof InstallerError;
    const text = known ? error.message : ((error as Error).stack ?? String(error));
    const lines = text.split('\n');
    if (commandOf(argv, programName).writesDisks) lines.push('Nothing was written to any disk.');
    const code = known ? error.failure.code : 'internal-error';
    for (const line of lines.slice(0, -1)) warn(line);
    warn(withCode(lines.at(-1) ?? '', code));
    return known ? error.exitCode : exitCodes.internal;
  }
}

async function answer({ command, ...request }: Request): Promise<number> {
  if ('help' in request) {
    process.stdout.write(request.help);
    return await exitCodeOfOutput();
  }
  const exitCode = await command.run(request.asked);
  const isForOutput = command.isForOutput?.(request.asked) ?? true;
  return exitCode === exitCodes.installed && isForOutput ? await exitCodeOfOutput() : exitCode;
}
