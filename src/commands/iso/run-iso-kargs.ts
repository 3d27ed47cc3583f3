import { kargsPatches, readKargs, requireKargsAreas } from '../../media/kargs-areas.ts';
import { editKargs, requireLiteral } from '../../media/live-kargs.ts';
import type { IsoChangeOptions } from '../medium-options.ts';
import { changeIso, onMedium, printText, readIso } from '../on-medium.ts';

export interface IsoKargsShow {
  readonly iso: string;
  readonly default?: true;
}

export interface IsoKargsModify extends IsoChangeOptions {
  readonly append?: readonly string[];
  readonly delete?: readonly string[];
  readonly replace?: readonly string[];
}

/** Changes the arguments that the image has now; returns the exit code. */
export async function modifyKargs(options: IsoKargsModify): Promise<number> {
  const { iso, output, append = [], delete: remove = [], replace = [] } = options;
  return await onMedium((signal) =>
    changeIso({ iso, output, signal }, async ({ file, kargs, features }) => {
      const areas = requireKargsAreas(kargs, iso);
      if (features.isOwn) requireLiteral([...append, ...replace]);
      const now = await readKargs(file, areas, iso);
      return kargsPatches(areas, editKargs(now, { append, remove, replace }), iso);
    }),
  );
}

export async function resetKargs({ iso, output }: IsoChangeOptions): Promise<number> {
  return await onMedium((signal) =>
    changeIso({ iso, output, signal }, async ({ kargs }) => {
      const areas = requireKargsAreas(kargs, iso);
      return kargsPatches(areas, areas.default, iso);
    }),
  );
}

export async function showKargs({ iso, default: isDefault }: IsoKargsShow): Promise<number> {
  return await onMedium(async () => {
    const kargs = await readIso(iso, async ({ file, kargs }) => {
      const areas = requireKargsAreas(kargs, iso);
      return isDefault ? areas.default : await readKargs(file, areas, iso);
    });
    // As they are, with the secrets in URLs: scripts read them.
    printText(Buffer.from(`${kargs}\n`));
  });
}
