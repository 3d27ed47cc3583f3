import { ownNetwork } from '../../media/keyfiles/own-network.ts';
import { isNetworkFile, keyfilesIn } from '../../media/live-files.ts';
import { kargsNow, membersPatch, readIsoMembers } from '../../media/live-iso.ts';
import { alreadyCustomized, unsupported } from '../../media/medium-error.ts';
import { parseKernelArguments } from '../../parameters/kernel-cmdline.ts';
import { warn } from '../../ui/output.ts';
import type { IsoChangeOptions } from '../medium-options.ts';
import {
  changeIso,
  extractKeyfiles,
  filesOf,
  onMedium,
  readIso,
  readKeyfiles,
} from '../on-medium.ts';

export interface IsoNetworkEmbed extends IsoChangeOptions {
  readonly keyfile: readonly string[];
  readonly force?: true;
}

export interface IsoNetworkExtract {
  readonly iso: string;
  readonly directory?: string;
}

/** Embeds keyfiles in place of all that are there; returns the exit code. */
export async function embedNetwork(options: IsoNetworkEmbed): Promise<number> {
  const { iso, output, keyfile, force } = options;
  return await onMedium(async (signal) => {
    const keyfiles = await readKeyfiles(keyfile);
    await changeIso({ iso, output, signal }, async (image) => {
      if (!image.features.liveNetwork) throw unsupported(iso, 'network settings');
      const members = await readIsoMembers(image);
      if (keyfilesIn(members).length > 0 && !force)
        throw alreadyCustomized(
          iso,
          'This ISO image already has embedded network settings; use -f to force',
        );
      const added = new Map(keyfiles);
      if (image.features.isOwn) {
        const kernel = parseKernelArguments(await kargsNow(image));
        const { member, notes } = ownNetwork(filesOf(keyfiles), kernel);
        for (const note of notes) warn(note);
        added.set(...member);
      }
      return [await membersPatch(image, new Map([...withoutKeyfiles(members), ...added]))];
    });
  });
}

export async function extractNetwork({ iso, directory }: IsoNetworkExtract): Promise<number> {
  return await onMedium(async () =>
    extractKeyfiles(await readIso(iso, readIsoMembers), iso, directory),
  );
}

export async function removeNetwork({ iso, output }: IsoChangeOptions): Promise<number> {
  return await onMedium((signal) =>
    changeIso({ iso, output, signal }, async (image) => {
      const members = new Map(withoutKeyfiles(await readIsoMembers(image)));
      return [await membersPatch(image, members)];
    }),
  );
}

const withoutKeyfiles = (members: ReadonlyMap<string, Uint8Array>) =>
  [...members].filter(([path]) => !isNetworkFile(path));
