import { dryRunJsonDisplay } from './dry-run-json.ts';
import type { Display, ProgressMode } from './events.ts';
import { jsonDisplay } from './json.ts';
import { lineIndicator } from './lines.ts';
import { type Indicator, noIndicator, peopleDisplay } from './people.ts';
import { statusLines } from './status-lines.ts';
import { systemdDisplay } from './systemd-status.ts';
import { canRedraw, isSerial } from './terminal.ts';

export interface DisplayOptions {
  readonly progress: ProgressMode;
  /** Given after the word `install`: tools read its progress from standard error. */
  readonly command?: unknown;
  readonly quiet?: boolean;
  /** Of a dry run only. */
  readonly json?: boolean;
  readonly logFile?: string;
  readonly debug?: boolean;
  readonly statusFd?: number;
}

/** The displays that were asked for, as far as standard output can show them. */
export async function openDisplay(options: DisplayOptions): Promise<Display> {
  const { logFile, debug } = options;
  const logged = logFile !== undefined || debug;
  const log = logged ? (await import('../log/log.ts')).openLog(options) : undefined;
  const status = options.statusFd === undefined ? undefined : statusLines(options.statusFd);
  // The status last: when a script reads it, the reason is already on the screen.
  return all([log, await screenDisplay(options), systemdDisplay(), status]);
}

/** Shows the same to several. */
function all(displays: readonly (Display | undefined)[]): Display {
  const open = displays.filter((display) => display !== undefined);
  return {
    show(event) {
      for (const display of open) display.show(event);
    },
    [Symbol.dispose]() {
      for (const display of open) display[Symbol.dispose]();
    },
  };
}

async function screenDisplay(options: DisplayOptions): Promise<Display> {
  const { quiet = false, json, debug, logFile } = options;
  // Lines in between would break up a bar.
  const torn = debug && logFile === undefined && options.progress === 'auto';
  const progress = torn ? 'lines' : options.progress;
  if (json) return dryRunJsonDisplay();
  if (progress === 'json') return jsonDisplay();
  const isForTools = options.command !== undefined && progress === 'auto' && !process.stderr.isTTY;
  const indicator = quiet
    ? noIndicator
    : isForTools
      ? (await import('./read-disk.ts')).readDiskIndicator()
      : await indicatorFor(progress);
  return peopleDisplay(indicator, { quiet });
}

async function indicatorFor(mode: Exclude<ProgressMode, 'json'>): Promise<Indicator> {
  if (mode === 'none') return noIndicator;
  const wanted = mode === 'bar' || (mode === 'auto' && !isSerial());
  if (!wanted || !canRedraw(process.stdout)) return lineIndicator();
  return (await import('./bar.ts')).barIndicator(process.stdout);
}
