import { type Digest, formatDigest } from '../lib/digest.ts';
import { settleAll } from '../lib/settle-all.ts';
import { writeParameterFile } from './parameter-files.ts';
import type { Origin, Parameters } from './parameters.ts';
import { type FlagKey, flagKeys, type ValueKey, valueKeys } from './where-given.ts';

export interface Remembered {
  /** The parameters whose files now hold what this run was given. */
  readonly kept: ReadonlySet<ValueKey | FlagKey>;
  /** Why nothing was kept, a sentence. */
  readonly note: string | undefined;
}

/**
 * Writes what an option or a kernel argument gave to its file, so that a second run needs no
 * options, and a person can change one value and leave the rest. What makes a run less careful is
 * not kept: it is asked for each time. Only root's run leaves files: it
 * alone can install, and it would refuse those of somebody else. A directory that is full or
 * read-only is no reason to stop: the note says so.
 */
export async function rememberParameters(
  parameters: Parameters,
  directory = '/tmp',
): Promise<Remembered> {
  if (process.geteuid?.() !== 0) return { kept: new Set(), note: undefined };
  try {
    const unwritten = given(parameters).filter(
      ({ key, value, origin }) => origin.kind !== 'file' && !isCareless(key, value),
    );
    await settleAll(unwritten.map(({ key, value }) => writeParameterFile(key, value, directory)));
    return { kept: new Set(unwritten.map(({ key }) => key)), note: undefined };
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (code === undefined || !bearable.has(code)) throw error;
    const note = `Nothing can be written to ${directory} (${code}): a second run needs the options again.`;
    return { kept: new Set(), note };
  }
}

/** What is wrong with a directory, rather than with who made a file in it. */
const bearable = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'ENOENT', 'EIO']);

function isCareless(key: ValueKey | FlagKey, value: string): boolean {
  return key === 'skipMediaCheck' || (key === 'checkIgnition' && value !== 'error');
}

function given(
  parameters: Parameters,
): { key: ValueKey | FlagKey; value: string; origin: Origin }[] {
  return [...valueKeys, ...flagKeys].flatMap((key) => {
    const skipped = key === 'ignitionUrl' && parameters.skipIgnition;
    const found = skipped ? { ...skipped, value: 'skip' } : parameters[key];
    return found === undefined ? [] : [{ key, value: textOf(found.value), origin: found.origin }];
  });
}

function textOf(value: string | true | Digest): string {
  if (value === true) return '1';
  return typeof value === 'string' ? value : formatDigest(value);
}
