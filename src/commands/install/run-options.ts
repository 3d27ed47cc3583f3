import { type Command as Commander, Option } from 'commander';
import { type ProgressMode, progressModes } from '../../ui/display/events.ts';
import { descriptor, jobs, text } from '../option-values.ts';

/** What can be given as an option only: it concerns one run. The same in both dialects. */
export interface RunOptions {
  /** Blocks decoded at the same time; undefined: `defaultJobs`. */
  readonly jobs?: number;
  readonly progress: ProgressMode;
  readonly quiet?: true;
  /** False: missing parameters are an error, there are no prompts. */
  readonly prompt: boolean;
  readonly dryRun?: true;
  readonly logFile?: string;
  readonly debug?: true;
  /** The script of the medium closes standard input when the machine is ready. */
  readonly afterStdin?: true;
  /** Where to write a line for each event, for scripts. */
  readonly statusFd?: number;
  /** Only with `dryRun`. */
  readonly json?: true;
}

export function addRunOptions(commander: Commander): void {
  commander
    .option('--jobs <n>', 'blocks decoded at the same time (default: by cores)', jobs)
    .option('--no-prompt', 'fail if a parameter is missing, do not prompt')
    .option('--dry-run', 'check everything, print the plan, write nothing')
    .option('--json', 'with --dry-run: print the plan as JSON')
    .addOption(
      new Option('--progress <how>', 'how to show the progress')
        .choices(progressModes)
        .default('auto'),
    )
    .option('--status-fd <n>', 'write a line for each event to this descriptor', descriptor)
    .option('--quiet', 'print only warnings and failures')
    .option('--log-file <file>', 'append a log to this file, secrets masked', text)
    .option('--debug', 'also log programs and requests; without a file: to stderr')
    .option('--after-stdin', 'start when standard input is closed (for the medium)');
}

/** Refuses run options that exclude each other. */
export function checkRunOptions(commander: Commander, { json, dryRun }: RunOptions): void {
  if (json && !dryRun)
    commander.error('--json needs --dry-run; for an installation use --progress json');
}
