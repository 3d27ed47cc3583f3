import { describeDiskState } from '../../install/disk-state.ts';
import { withCode } from '../../lib/failure-codes.ts';
import { formatBytes } from '../../lib/quantities.ts';
import { describeParameters } from '../../parameters/describe.ts';
import { describeDryRun, describePlan, describeResult, stepDone, stepTitles } from '../report.ts';
import { describeRereading } from '../waiting.ts';
import type { InstallEvent } from './events.ts';

/** Lines for people: `say` on standard output, `warn` (also with `--quiet`) on standard error. */
export interface Words {
  readonly say: readonly string[];
  readonly warn: readonly string[];
}

/** The lines for an event; progress and waiting are shown by the indicators. */
export function wordsFor(event: InstallEvent): Words {
  switch (event.event) {
    case 'parameters': {
      const { notes } = event.parameters;
      return {
        say: describeParameters(event.parameters),
        warn: notes.map((note) => `Note: ${note}`),
      };
    }
    case 'note':
      return { say: [], warn: [`Note: ${event.text}`] };
    case 'warning':
      return { say: [], warn: [`Warning: ${event.text}`] };
    case 'step-begins':
      return { say: [stepTitles[event.step]], warn: [] };
    case 'step-ends':
      return { say: [`${stepDone[event.step]} in ${seconds(event.elapsedMs)}.`], warn: [] };
    case 'plan':
      return {
        say: describePlan(event.plan),
        warn: event.plan.warnings.map((warning) => `Warning: ${warning}`),
      };
    case 'compared':
      return { say: [`Compared ${formatBytes(event.comparedBytes)}.`], warn: [] };
    case 'rereading':
      return { say: [], warn: [describeRereading(event.again)] };
    case 'notifying':
      return { say: [`Notifying ${event.urls.join(', ')} of the result…`], warn: [] };
    case 'planned':
      return { say: describeDryRun(event.plan), warn: [] };
    case 'installed':
      return { say: describeResult(event.installed, event.elapsedMs), warn: [] };
    case 'same-again':
      return { say: [`To repeat without prompts: ${event.command}`], warn: [] };
    case 'failed': {
      const { code, reason, disk, command } = event.failure;
      // The code follows neither the reason, which may end in a command, nor the command to try.
      const state = withCode(describeDiskState(disk), code);
      return { say: [], warn: [reason, state, `Try: ${command}`] };
    }
    default:
      return { say: [], warn: [] };
  }
}

const seconds = (timeMs: number) => `${(timeMs / 1000).toFixed(1)} s`;
