import { runProgram } from '../commands/run-program.ts';
import { provision } from './commands/provision-commands.ts';

void runProgram(provision, process.argv.slice(2)).then((code) => (process.exitCode = code));
