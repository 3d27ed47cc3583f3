import type { Sources } from '../../parameters/find.ts';
import { find, knownValues } from '../../parameters/find.ts';
import { assumeSize, canRedraw } from '../display/terminal.ts';
import type { Asker } from './asker.ts';

/** Whether a parameter is missing and there is a user at a terminal to ask. */
export function wantsDialogue(
  sources: Sources,
  options: {
    readonly prompt?: boolean;
    readonly quiet?: boolean;
    readonly json?: boolean;
    readonly progress: string;
  },
): boolean {
  const { device, imageUrl, stream } = knownValues(sources);
  if (device !== undefined && (imageUrl ?? stream) !== undefined) return false;
  if (options.prompt === false || options.quiet || options.json) return false;
  return (
    options.progress !== 'json' && process.stdin.isTTY === true && process.stdout.isTTY === true
  );
}

/**
 * What a run with prompts does not leave for the next one: that would have all it needs, and write to
 * a disk without a confirmation, perhaps the one that was refused here. That is the disk, unless a file or
 * kernel argument gives one, too.
 */
export const askedAgain = (sources: Sources): 'device' | 'imageUrl' =>
  find('device', { ...sources, options: {} }, []) === undefined ? 'device' : 'imageUrl';

export async function openAsker(signal: AbortSignal): Promise<Asker> {
  assumeSize(process.stdout);
  return canRedraw(process.stdout)
    ? (await import('./terminal-asker.ts')).terminalAsker(signal)
    : (await import('./plain-asker.ts')).plainAsker(signal);
}
