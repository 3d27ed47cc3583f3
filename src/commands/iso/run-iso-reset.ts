import { findAddedFiles } from '../../media/added-files.ts';
import { kargsPatches } from '../../media/kargs-areas.ts';
import { membersPatch } from '../../media/live-iso.ts';
import type { IsoChangeOptions } from '../medium-options.ts';
import { changeIso, onMedium } from '../on-medium.ts';

/** Reads nothing of what it removes, which may be damaged; returns the exit code. */
export async function resetIso({ iso, output }: IsoChangeOptions): Promise<number> {
  return await onMedium((signal) =>
    changeIso({ iso, output, signal }, async (image) => {
      const removed = await findAddedFiles(image);
      return {
        patches: [
          await membersPatch(image, new Map()),
          ...(image.kargs ? kargsPatches(image.kargs, image.kargs.default, iso) : []),
          ...(removed?.restore ?? []),
        ],
        removed,
      };
    }),
  );
}
