import { basename } from 'node:path';
import { InputError } from '../lib/errors.ts';
import type { OptionForm } from '../parameters/config-file.ts';

/** A file that an option names. */
export interface GivenFile {
  /** As it was given. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What a medium shall do. */
export interface Wishes {
  readonly liveIgnition: readonly GivenFile[];
  readonly destIgnition: readonly GivenFile[];
  readonly destDevice: string | undefined;
  readonly destConsole: readonly string[];
  readonly destKargAppend: readonly string[];
  readonly destKargDelete: readonly string[];
  readonly networkKeyfile: readonly GivenFile[];
  readonly ignitionCa: readonly GivenFile[];
  readonly preInstall: readonly GivenFile[];
  readonly postInstall: readonly GivenFile[];
  readonly installerConfig: readonly GivenFile[];
  /** Paths of files that come onto the medium: a disk image, and its signature; or none. */
  readonly image: readonly string[];
  /** Options of config files on media of this program. */
  readonly ownForms: readonly OptionForm[];
}

export const baseName = (path: string) => basename(path);

/** A file or a value that cannot become a customization. */
export function unusable(what: string, why: string, next = 'Correct it.'): InputError {
  const failed = `Cannot use ${what}`;
  return new InputError({ code: 'customization-invalid', failed, why, next });
}

/** An Ignition config for the live system on media that have none. */
export const notForOwn = (what: string) =>
  unusable(what, 'nothing reads it on a medium of this program', 'Use --dest-ignition.');
