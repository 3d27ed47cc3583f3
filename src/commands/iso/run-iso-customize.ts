import { kargsPatches } from '../../media/kargs-areas.ts';
import { isPristine, type LiveIso, membersPatch } from '../../media/live-iso.ts';
import { editKargs, requireLiteral } from '../../media/live-kargs.ts';
import { alreadyCustomized, unsupported } from '../../media/medium-error.ts';
import type { Patch } from '../../media/patch.ts';
import type { CustomizeOptions } from '../customize-options.ts';
import type { IsoChangeOptions } from '../medium-options.ts';
import { changeIso, onMedium } from '../on-medium.ts';
import { plannedCustomization, readWishes } from '../plan-customize.ts';

export interface IsoCustomize extends CustomizeOptions, IsoChangeOptions {
  readonly liveKargAppend?: readonly string[];
  readonly liveKargDelete?: readonly string[];
  readonly liveKargReplace?: readonly string[];
  readonly force?: true;
}

/** Customizes an image; returns the exit code. */
export async function customizeIso(options: IsoCustomize): Promise<number> {
  const { iso, output, force } = options;
  return await onMedium(async (signal) => {
    const wishes = await readWishes(options);
    await changeIso({ iso, output, signal }, async (image) => {
      if (!force && !(await isPristine(image)))
        throw alreadyCustomized(iso, 'This ISO image is already customized; use -f to force');
      const { members } = plannedCustomization(wishes, image.features, iso);
      return [await membersPatch(image, members), ...liveKargs(image, options)];
    });
  });
}

/** Changes of the arguments that the image was built with. */
function liveKargs({ kargs, name, features }: LiveIso, options: IsoCustomize): Patch[] {
  const { liveKargAppend, liveKargDelete, liveKargReplace } = options;
  if (!liveKargAppend && !liveKargDelete && !liveKargReplace) return [];
  if (kargs === undefined) throw unsupported(name, 'live kernel arguments');
  if (features.isOwn) requireLiteral([...(liveKargAppend ?? []), ...(liveKargReplace ?? [])]);
  const edited = editKargs(kargs.default, {
    append: liveKargAppend ?? [],
    remove: liveKargDelete ?? [],
    replace: liveKargReplace ?? [],
  });
  return kargsPatches(kargs, edited, name);
}
