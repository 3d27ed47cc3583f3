import { join } from 'node:path';
import { type FetchingOptions, fetchingGiven } from '../../commands/fetching-given.ts';
import { fromOption } from '../../commands/stream-options.ts';
import { untilInterrupted } from '../../commands/until-interrupted.ts';
import { absolutePath } from '../../lib/absolute-path.ts';
import { exitCodes } from '../../lib/errors.ts';
import { formatBytes } from '../../lib/quantities.ts';
import { say, warn } from '../../ui/output.ts';
import { readProgress } from '../../ui/read-progress.ts';
import { addAsset } from '../wanted/add-asset.ts';
import type { Packing } from '../wanted/packing.ts';

export type ImageAddOptions = FetchingOptions & {
  readonly insecure?: true;
  readonly keyring?: string;
  readonly quiet?: true;
  readonly repack?: Packing;
};

/**
 * Adds files, paths or URLs, one after the other, and prints the lines for profiles; returns the exit
 * code.
 */
export async function addImages(
  directory: string,
  files: readonly string[],
  options: ImageAddOptions,
): Promise<number> {
  const { insecure = false, keyring, quiet = false, repack: packing } = options;
  return await untilInterrupted(async (signal) => {
    const source = await fetchingGiven(options);
    for (const location of files) {
      using progress = readProgress(quiet);
      const added = await addAsset(directory, location, {
        insecure,
        keyring: keyring === undefined ? undefined : fromOption(absolutePath(keyring), '--keyring'),
        packing,
        source,
        signal,
        onProgress: progress.update,
      });
      progress.end();
      for (const text of added.warnings) warn(text);
      const { fileName, sha256, sizeBytes } = added.asset;
      if (added.packedFrom !== undefined)
        warn(
          `${fileName}: ${formatBytes(sizeBytes)}, before ${formatBytes(added.packedFrom.sizeBytes)}.`,
        );
      if (added.wasThere) warn(`${fileName} is in ${join(directory, 'assets')} already.`);
      say(`${added.role}: sha256:${sha256}  # ${fileName}`);
    }
    return exitCodes.installed;
  });
}
