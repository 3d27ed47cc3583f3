import { liveConfigPath } from '../../media/live-files.ts';
import { membersPatch, readIsoMembers } from '../../media/live-iso.ts';
import { alreadyCustomized } from '../../media/medium-error.ts';
import { notForOwn } from '../../media/wished-file.ts';
import type { IsoChangeOptions } from '../medium-options.ts';
import { changeIso, nothingIn, onMedium, printText, readIso } from '../on-medium.ts';
import { readConfig } from '../read-config.ts';

export interface IsoIgnitionEmbed extends IsoChangeOptions {
  readonly ignitionFile?: string;
  readonly force?: true;
}

/** Embeds a config as it is; returns the exit code. */
export async function embedIgnition(options: IsoIgnitionEmbed): Promise<number> {
  const { iso, output, ignitionFile = '-', force } = options;
  return await onMedium(async (signal) => {
    const name = ignitionFile === '-' ? 'standard input' : ignitionFile;
    const config = await readConfig(ignitionFile, name, signal);
    await changeIso({ iso, output, signal }, async (image) => {
      if (image.features.isOwn) throw notForOwn('an Ignition config for the live system');
      const members = await readIsoMembers(image);
      if (members.has(liveConfigPath) && !force)
        throw alreadyCustomized(
          iso,
          'This ISO image already has an embedded Ignition config; use -f to force',
        );
      return [await membersPatch(image, members.set(liveConfigPath, config))];
    });
  });
}

export async function showIgnition({ iso }: { readonly iso: string }): Promise<number> {
  return await onMedium(async () => {
    const config = (await readIso(iso, readIsoMembers)).get(liveConfigPath);
    if (config === undefined) throw nothingIn(iso, 'No embedded Ignition config');
    printText(config);
  });
}

export async function removeIgnition({ iso, output }: IsoChangeOptions): Promise<number> {
  return await onMedium((signal) =>
    changeIso({ iso, output, signal }, async (image) => {
      const members = await readIsoMembers(image);
      members.delete(liveConfigPath);
      return [await membersPatch(image, members)];
    }),
  );
}
