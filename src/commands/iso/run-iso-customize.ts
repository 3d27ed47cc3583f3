import { existsSync } from 'node:fs';
import { findAddedFiles, patchesForFiles, requireFits } from '../../media/added-files.ts';
import { kargsPatches } from '../../media/kargs-areas.ts';
import { isPristine, type LiveIso, membersPatch } from '../../media/live-iso.ts';
import { editKargs, requireLiteral } from '../../media/live-kargs.ts';
import { alreadyCustomized, unsupported } from '../../media/medium-error.ts';
import { type OpenFile, openFile } from '../../media/open-file.ts';
import type { Patch } from '../../media/patch.ts';
import { warn } from '../../ui/output.ts';
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
      const { members } = plannedCustomization(
        { ...wishes, image: added.files.map(({ name }) => name) },
        image.features,
        iso,
      );
      warnOfReplacedKeyfiles(image, options);
      const files =
        added.files.length > 0
          ? await patchesForFiles(image, added.files)
          : (removed?.restore ?? []);
      return {
        patches: [await membersPatch(image, members), ...liveKargs(image, options), ...files],
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

/** It is for those who boot the medium; together with keyfiles it is hardly meant. */
function warnOfReplacedKeyfiles(
  { features }: LiveIso,
  { networkKeyfile, liveKargAppend = [] }: IsoCustomize,
): void {
  const ip = liveKargAppend.find((karg) => karg.startsWith('ip='));
  if (features.isOwn && networkKeyfile !== undefined && ip !== undefined)
    warn(`The kernel argument ${ip} replaces the keyfiles, on the medium and on the first boot.`);
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
