import { installer } from './commands/commands.ts';
import { runProgram } from './commands/run-program.ts';

/** Runs a command line of coreos-installer; see `runProgram`. */
export async function run(argv: readonly string[], programName = ''): Promise<number> {
  return await runProgram(installer, argv, programName);
}
