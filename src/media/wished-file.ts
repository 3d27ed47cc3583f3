import { basename } from 'node:path';
import { InputError } from '../lib/errors.ts';
import type { GivenInFile } from '../parameters/config-file.ts';
import type { Configured } from '../parameters/find.ts';
import type { KernelArgument } from '../parameters/kernel-cmdline.ts';
import type { Features } from './features.ts';

/** A file that an option names. */
export interface GivenFile {
  /** As it was given. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** How the installer on a medium of this program reads its config files. */
export interface OwnInstaller {
  /** The options of one. Throws `ParameterError`. */
  readonly read: (path: string, bytes: Uint8Array) => GivenInFile[];
  /** What the options of all give together, in their order. Throws `ParameterError`. */
  readonly configured: (
    given: readonly GivenInFile[],
    kernel: readonly KernelArgument[],
  ) => Configured;
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
  /** For media of this program. */
  readonly ownInstaller: OwnInstaller;
}

/** What is customized. */
export interface Medium {
  readonly name: string;
  readonly features: Features;
  /** The kernel arguments that it will have. */
  readonly kernel: readonly KernelArgument[];
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
