import { existsSync } from 'node:fs';
import { ParameterError } from '../lib/errors.ts';
import { findFetching } from './fetching.ts';
import { find, findFlag, type Sources, waysToGive } from './find.ts';
import { judgeArguments } from './judge-arguments.ts';
import { firstBootArguments } from './network.ts';
import { checkNotifyUrls } from './notify-urls.ts';
import type { Parameters, Resolved } from './parameters.ts';
import { checkDevice, checkIgnitionCheck, checkLocation, checkPlatformId } from './values.ts';
import { verification } from './verification.ts';
import type { ValueKey } from './where-given.ts';

export { describeParameters } from './describe.ts';
export type { Origin, ParameterOptions, Parameters, Resolved } from './parameters.ts';
export { rememberParameters } from './remember.ts';

export interface ParameterSources extends Sources {
  /** Tells a relative path from a relative URL. */
  readonly fileExists?: (path: string) => boolean;
}

/**
 * Decides what is installed where: an option wins over a file, a file over a kernel argument.
 * Whatever is missing, wrong or not understood is a `ParameterError` that says how to give it.
 */
export function resolveParameters(sources: ParameterSources): Parameters {
  const { files, fileExists = existsSync } = sources;
  const notes: string[] = judgeArguments(sources);
  const device = find('device', sources, notes);
  const ignition = find('ignitionUrl', sources, notes);
  const image = find('imageUrl', sources, notes);
  const platformId = find('platformId', sources, notes);
  const checkIgnition = find('checkIgnition', sources, notes);
  if (device === undefined || image === undefined) {
    throw missing({ device, imageUrl: image }, files.directory);
  }

  const skipIgnition = ignition?.value === 'skip';
  if (ignition === undefined) notes.push(noConfig(files.directory));
  const firstBoot = firstBootArguments(sources);
  notes.push(...firstBoot.notes);

  return {
    device: checkDevice(device),
    ignitionUrl:
      ignition && !skipIgnition
        ? checkLocation(ignition, 'the Ignition config', fileExists)
        : undefined,
    skipIgnition: ignition && skipIgnition ? { value: true, origin: ignition.origin } : undefined,
    imageUrl: checkLocation(
      { ...image, value: image.value.replace(/(?<!:\/)\/$/, '') },
      'the image',
      fileExists,
    ),
    platformId: platformId && checkPlatformId(platformId, notes),
    checkIgnition: checkIgnition && checkIgnitionCheck(checkIgnition),
    ...verification(sources, ignition, notes, fileExists),
    ...findFetching(sources, notes),
    skipReboot: findFlag('skipReboot', sources),
    notifyUrl: checkNotifyUrls(find('notifyUrl', sources, notes)),
    ...firstBoot,
    notes,
  };
}

function missing(
  found: Partial<Record<ValueKey, Resolved<string> | undefined>>,
  directory: string,
): ParameterError {
  const names = { device: 'the target device', imageUrl: 'the image' };
  const keys = (['device', 'imageUrl'] as const).filter((key) => found[key] === undefined);
  const what = keys.map((key) => names[key]).join(' and ');
  return new ParameterError({
    code: 'parameter-missing',
    failed: 'Cannot install',
    why: `${what} ${keys.length > 1 ? 'are' : 'is'} missing`,
    next: keys.map((key) => `Give ${names[key]} ${waysToGive(key, directory)}.`).join(' '),
  });
}

function noConfig(directory: string): string {
  return (
    'No Ignition config is given: nobody will be able to log in to the installed system. ' +
    `Give one ${waysToGive('ignitionUrl', directory)}, or say skip there.`
  );
}
