import type { FileRange } from '../../lib/file-range.ts';
import { printableJson } from '../../lib/text.ts';
import { type KargsAreas, requireKargsAreas } from '../../media/kargs-areas.ts';
import type { LiveIso } from '../../media/live-iso.ts';
import { onMedium, readIso } from '../on-medium.ts';

export interface DevShowIso {
  readonly iso: string;
  readonly ignition?: true;
  readonly kargs?: true;
}

/** Prints the JSON; returns the exit code. */
export async function showIso({ iso, ignition, kargs }: DevShowIso): Promise<number> {
  return await onMedium(async () =>
    readIso(iso, async (image) => {
      if (ignition) print(place(image.initrd));
      else if (kargs) print(kargsPlaces(requireKargsAreas(image.kargs, iso)));
      else print(await everything(image));
    }),
  );
}

/** Kernel arguments are shown as they are: scripts read them. */
function print(data: object): void {
  process.stdout.write(`${printableJson(JSON.stringify(data, undefined, 2))}\n`);
}

/** Under the names that the tool of Fedora CoreOS uses. */
const place = ({ startBytes, sizeBytes }: FileRange) => ({ offset: startBytes, length: sizeBytes });

function kargsPlaces({ default: defaults, areas }: KargsAreas) {
  return {
    length: areas[0]?.sizeBytes,
    default: defaults,
    kargs: areas.map(({ pad, end, ...area }) => ({ ...place(area), pad, end })),
  };
}

async function everything({ fs, initrd, kargs, features }: LiveIso) {
  const { directives, ...flags } = features;
  return {
    volumeId: fs.volumeId,
    length: fs.sizeBytes,
    ignition: place(initrd),
    kargs: kargs && kargsPlaces(kargs),
    features: { ...flags, directives: directives && [...directives] },
    files: [...(await fs.walk())].map(([path, file]) => ({ path, ...place(file) })),
  };
}
