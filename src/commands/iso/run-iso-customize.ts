import { existsSync } from 'node:fs';
import { findAddedFiles, patchesForFiles, requireFits } from '../../media/added-files.ts';
import { kargsPatches } from '../../media/kargs-areas.ts';
import { isPristine, kargsNow, type LiveIso, membersPatch } from '../../media/live-iso.ts';
import { editKargs, requireLiteral } from '../../media/live-kargs.ts';
import { alreadyCustomized, unsupported } from '../../media/medium-error.ts';
import { type OpenFile, openFile } from '../../media/open-file.ts';
import type { Patch } from '../../media/patch.ts';
import { parseKernelArguments } from '../../parameters/kernel-cmdline.ts';
import type { CustomizeOptions } from '../customize-options.ts';
import type { IsoChangeOptions } from '../medium-options.ts';
import { changeIso, onMedium } from '../on-medium.ts';
import { plannedCustomization, readWishes } from '../plan-customize.ts';

export interface IsoCustomize extends CustomizeOptions, IsoChangeOptions {
  readonly image?: string;
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
    await using added = await openImage(options.image);
    await changeIso({ iso, output, signal }, async (image) => {
      const removed = await findAddedFiles(image);
      if (!force && !(await isPristine(image)))
        throw alreadyCustomized(iso, 'This ISO image is already customized; use -f to force');
      const kargs = await kargsAfterwards(image, options);
      const { members } = plannedCustomization(
        { ...wishes, image: added.files.map(({ name }) => name) },
        { name: iso, features: image.features, kernel: parseKernelArguments(kargs.text) },
      );
      const files =
        added.files.length > 0
          ? await patchesForFiles(image, added.files)
          : (removed?.restore ?? []);
      return {
        patches: [await membersPatch(image, members), ...kargs.patches, ...files],
        removed,
        added: added.files,
      };
    });
  });
}

/** The image, and its signature if there is one next to it. */
async function openImage(path: string | undefined) {
  await using opened = new AsyncDisposableStack();
  const files: OpenFile[] = [];
  if (path !== undefined) {
    files.push(opened.use(await openFile(path, 'read')));
    const signature = `${path}.sig`;
    if (existsSync(signature)) files.push(opened.use(await openFile(signature, 'read')));
  }
  for (const file of files) requireFits(file);
  const held = opened.move();
  return { files, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** The kernel arguments that the image will have: changed ones that it was built with, or those that it has. */
async function kargsAfterwards(
  image: LiveIso,
  options: IsoCustomize,
): Promise<{ readonly text: string; readonly patches: readonly Patch[] }> {
  const { kargs, name, features } = image;
  const { liveKargAppend, liveKargDelete, liveKargReplace } = options;
  if (!liveKargAppend && !liveKargDelete && !liveKargReplace)
    return { text: await kargsNow(image), patches: [] };
  if (kargs === undefined) throw unsupported(name, 'live kernel arguments');
  if (features.isOwn) requireLiteral([...(liveKargAppend ?? []), ...(liveKargReplace ?? [])]);
  const edited = editKargs(kargs.default, {
    append: liveKargAppend ?? [],
    remove: liveKargDelete ?? [],
    replace: liveKargReplace ?? [],
  });
  return { text: edited, patches: kargsPatches(kargs, edited, name) };
}
