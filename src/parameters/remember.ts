import { rm } from 'node:fs/promises';
import { settleAll } from '../lib/promises.ts';
import { partsOf } from './given.ts';
import { parameterFilePath, readTrusted, writeParameterFile } from './parameter-files.ts';
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
        key !== except &&
        origin.kind !== 'file' &&
        !allParameters[key].isCareless?.(value) &&
        !isOfOneInstallation(key, origin) &&
        !isAdded(key, origin),
    );
    await settleAll(
      unwritten.map(({ key, value }) =>
        writeParameterFile(key, key === 'device' ? `${value}\n${keptMark}` : value, directory),
      ),
    );
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

/** The second line of a device that a run has kept; only the first line is the value. What a person writes has none. */
const keptMark = '# kept by coreos-installer until an installation succeeds';

/**
 * Removes the device that this run or an earlier one has kept, after an installation: its name may be that of
 * another disk the next time, and with it a run would have all that it needs to overwrite that. Resolves
 * with a sentence if it is still there.
 */
export async function forgetDevice(directory = '/tmp'): Promise<string | undefined> {
  const path = parameterFilePath('device', directory);
  const text = await readTrusted(path).catch(() => undefined);
  if (!text?.split('\n').includes(keptMark)) return undefined;
  try {
    await rm(path);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `Cannot remove ${path} (${code}): a run without -d would install to the same device again.`;
  }
}

/** With the id of another installation, the next one would be there already. That of a boot is for all its runs. */
const isOfOneInstallation = (key: ParameterKey, { kind }: Origin) =>
  key === 'installId' && kind === 'option';

/** What is added in each run needs no file, in which it would also stay if it is ignored from then on. */
const isAdded = (key: ParameterKey, { kind }: Origin) =>
  'addsUp' in allParameters[key] && kind !== 'option';

/** Errors of the directory, not of what another user has put into it. */
const bearable = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'ENOENT', 'EIO']);

function given(parameters: Parameters): { key: ParameterKey; value: string; origin: Origin }[] {
  return parameterKeys.flatMap((key) => {
    const skipped = key === 'ignitionUrl' && parameters.skipIgnition;
    const found = skipped ? { ...skipped, value: 'skip' } : parameters[key];
    if (found === undefined) return [];
    return partsOf({ ...found, value: textOf(found.value) }).map((part) => ({ key, ...part }));
  });
}
