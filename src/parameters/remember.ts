import { rm } from 'node:fs/promises';
import { settleAll } from '../lib/promises.ts';
import { parameterFilePath, writeParameterFile } from './parameter-files.ts';
import {
  allParameters,
  type Origin,
  type ParameterKey,
  type Parameters,
  parameterKeys,
  textOf,
} from './parameters.ts';

export interface Remembered {
  /** The parameters whose files now contain what this run was given. */
  readonly kept: ReadonlySet<ParameterKey>;
  /** Why nothing was kept, a sentence. */
  readonly note: string | undefined;
}

export interface RememberOptions {
  readonly directory?: string;
  readonly except?: ParameterKey | undefined;
}

/**
 * Writes the values of options and kernel arguments to their files, so that a second run needs no
 * options, and a person can change a single value. Values that reduce checks are not kept: they must
 * be given for each run. Only root leaves files: only root can install, and would refuse files of
 * other users. A full or read-only directory does not stop the run: the note says so. `except` is not
 * kept either.
 */
export async function rememberParameters(
  parameters: Parameters,
  { directory = '/tmp', except }: RememberOptions = {},
): Promise<Remembered> {
  if (process.geteuid?.() !== 0) return { kept: new Set(), note: undefined };
  try {
    const unwritten = given(parameters).filter(
      ({ key, value, origin }) =>
        key !== except && origin.kind !== 'file' && !allParameters[key].isCareless?.(value),
    );
    await settleAll(unwritten.map(({ key, value }) => writeParameterFile(key, value, directory)));
    return { kept: new Set(unwritten.map(({ key }) => key)), note: undefined };
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (code === undefined || !bearable.has(code)) throw error;
    // With a device, what fitted could be a whole command: one without the partitions to keep.
    if (parameters.device.origin.kind !== 'file')
      await rm(parameterFilePath('device', directory), { force: true }).catch(() => {});
    const note = `Cannot write to ${directory} (${code}): the next run needs the options again.`;
    return { kept: new Set(), note };
  }
}

/** Errors of the directory, not of what another user has put into it. */
const bearable = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'ENOENT', 'EIO']);

function given(parameters: Parameters): { key: ParameterKey; value: string; origin: Origin }[] {
  return parameterKeys.flatMap((key) => {
    const skipped = key === 'ignitionUrl' && parameters.skipIgnition;
    const found = skipped ? { ...skipped, value: 'skip' } : parameters[key];
    return found === undefined ? [] : [{ key, value: textOf(found.value), origin: found.origin }];
  });
}
