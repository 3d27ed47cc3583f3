import { exitCodes, InstallerError } from '../lib/errors.ts';
import { withCode } from '../lib/failure-codes.ts';
import { version } from '../lib/version.ts';
import { exitCodeOfOutput, outliveReaders } from '../system/standard-output.ts';
import { warn } from '../ui/output.ts';
import type { Program } from './command.ts';
import { chooseCommand, parseWords, type Request } from './parse-words.ts';

/**
 * Runs the command of a command line of a program, called as `programName`; resolves with the exit
 * code. Throws nothing.
 */
export async function runProgram(
  program: Program,
  argv: readonly string[],
  programName = '',
): Promise<number> {
  outliveReaders();
  try {
    return await answer(parseWords(program, argv, { version, programName }));
  } catch (error) {
    const known = error instanceof InstallerError;
    const text = known ? error.message : ((error as Error).stack ?? String(error));
    const lines = text.split('\n');
    if (chooseCommand(program, argv, programName).command.writesDisks)
      lines.push('Nothing was written to any disk.');
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
