import { type Customization, planCustomization } from '../media/customize.ts';
import type { GivenFile, Medium, Wishes } from '../media/wished-file.ts';
import { warn } from '../ui/output.ts';
import type { CustomizeOptions } from './customize-options.ts';
import { configuredBy } from './install/medium-config.ts';
import { optionsIn } from './install/todays-config.ts';
import { formsOnMedium } from './install/todays-options.ts';
import { readConfig } from './read-config.ts';

/** Reads what the options name. Throws `InputError`. */
export async function readWishes(options: CustomizeOptions): Promise<Wishes> {
  const { destDevice, destConsole = [], destKargAppend = [], destKargDelete = [] } = options;
  return {
    ...{ destDevice, destConsole, destKargAppend, destKargDelete, image: [] },
    liveIgnition: await readFiles(options.liveIgnition),
    destIgnition: await readFiles(options.destIgnition),
    networkKeyfile: await readFiles(options.networkKeyfile),
    ignitionCa: await readFiles(options.ignitionCa),
    preInstall: await readFiles(options.preInstall),
    postInstall: await readFiles(options.postInstall),
    installerConfig: await readFiles(options.installerConfig),
    ownInstaller: {
      read: (path, bytes) => optionsIn(path, bytes, formsOnMedium()),
      configured: configuredBy,
    },
  };
}

async function readFiles(paths: readonly string[] = []): Promise<GivenFile[]> {
  const files: GivenFile[] = [];
  for (const path of paths) files.push({ path, bytes: await readConfig(path, path) });
  return files;
}

/** Plans, and says what the user has to know. Throws `InputError` or `ParameterError`. */
export function plannedCustomization(wishes: Wishes, medium: Medium): Customization {
  const customization = planCustomization(wishes, medium);
  const { destDevice, warnings } = customization;
  for (const warning of warnings) warn(warning);
  if (destDevice !== undefined)
    warn(`Boot media will automatically install to ${destDevice} without confirmation.`);
  return customization;
}
