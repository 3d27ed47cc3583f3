import { InputError, WriteError } from '../lib/errors.ts';
import { type FileRange, readRange } from '../lib/file-range.ts';
import { isoRecord, largestFileBytes, longestNameBytes, writeBoth } from './iso-records.ts';
import { sectorBytes } from './iso9660.ts';
import type { LiveIso } from './live-iso.ts';
import { damaged } from './medium-error.ts';
import type { OpenFile } from './open-file.ts';
import type { Patch } from './patch.ts';
import { unusable } from './wished-file.ts';

/** Where the files are that are added to a medium of this program. */
export const addedDirectory = '/images';

/** Files behind an image, and what an image without them is. */
export interface AddedFiles {
  readonly keptBytes: number;
  /** What has to be written for the image without them. */
  readonly restore: readonly Patch[];
}

const primaryStartBytes = 16 * sectorBytes;
/** Sorted after the file that is there already, IGNITION.IMG. */
const shortName = (index: number) => `MEDIUM${index}.DAT`;
const isAdded = ({ name }: Found) => /^MEDIUM\d+\.DAT;1$/.test(name);

/**
 * What is behind a medium of this program as it was built: files that were added, or what a copy that was
 * interrupted has left; undefined for nothing. Throws `InputError`.
 */
export async function findAddedFiles(iso: LiveIso): Promise<AddedFiles | undefined> {
  const place = await findPlace(iso);
  if (place === undefined) return undefined;
  const { builtSectors, kept, hasAdded } = place;
  const keptBytes = builtSectors * sectorBytes;
  if (!hasAdded && keptBytes === iso.fileBytes) return undefined;
  return { keptBytes, restore: patchesFor(place, kept, builtSectors) };
}

/**
 * What has to be written for these files in place of all that were added; they begin behind the image as
 * it was built, each in a sector. Throws `InputError` or `WriteError`.
 */
export async function patchesForFiles(
  iso: LiveIso,
  files: readonly OpenFile[],
): Promise<readonly Patch[]> {
  const place = await findPlace(iso);
  if (place === undefined) throw unsuitable(iso.name);
  const { kept } = place;
  let next = place.builtSectors;
  const entries = files.map(({ name, sizeBytes }, index) => {
    const sector = next;
    next += Math.ceil(sizeBytes / sectorBytes);
    const entry = { shortName: shortName(index), name: nameOnMedium(name), sector, sizeBytes };
    // With the date that the image has.
    return isoRecord(entry, kept.subarray(18, 25));
  });
  const content = Buffer.concat([kept, ...entries]);
  if (content.length > sectorBytes || next > 0xffff_ffff) throw full(iso.name);
  return patchesFor(place, content, next);
}

interface Place {
  readonly directory: FileRange;
  /** The records of the directory as it was built: those of files that were added come last. */
  readonly kept: Buffer;
  readonly hasAdded: boolean;
  readonly builtSectors: number;
}

/**
 * The records of files that are added go into a directory that has room for them, and the primary volume
 * descriptor says the new size. Joliet's descriptor stays, with the size as it was built.
 */
async function findPlace(iso: LiveIso): Promise<Place | undefined> {
  if (!iso.features.isOwn) return undefined;
  const directory = await iso.fs.find(addedDirectory.slice(1));
  const builtSectors = await builtWithSectors(iso);
  const isSuitable = directory?.isDirectory && directory.sizeBytes === sectorBytes;
  if (!isSuitable || builtSectors === undefined) return undefined;
  const { startBytes, sizeBytes } = iso.initrd;
  const builtBytes = builtSectors * sectorBytes;
  if (builtBytes > iso.fileBytes || builtBytes < startBytes + sizeBytes)
    throw damaged(iso.name, `it was built with ${builtBytes} bytes`);
  await iso.fs.list(directory);
  const sector = await readRange(iso, directory);
  const records = recordsIn(sector);
  const built = records.filter((record) => !isAdded(record));
  const end = built.reduce((_, { at, bytes }) => at + bytes, 0);
  const kept = sector.subarray(0, end);
  return { directory, kept, hasAdded: built.length < records.length, builtSectors };
}

function patchesFor({ directory }: Place, content: Uint8Array, sectors: number): Patch[] {
  const size = Buffer.alloc(8);
  writeBoth(size, 0, sectors);
  return [
    { startBytes: directory.startBytes, sizeBytes: sectorBytes, bytes: content },
    { startBytes: primaryStartBytes + 80, sizeBytes: size.length, bytes: size },
  ];
}

/** The name of a file there; throws `InputError` for what has no place. */
export function nameOnMedium(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isSound = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(name) && name.length <= longestNameBytes;
  if (!isSound || name.toLowerCase() === 'ignition.img')
    throw unusable(
      path,
      'a file on the medium cannot have that name',
      'Rename it: letters, digits, _ . + -',
    );
  return name;
}

/** Throws `InputError` for a file that no directory record can describe, or an empty one. */
export function requireFits({ name, sizeBytes }: OpenFile): void {
  if (sizeBytes === 0) throw unusable(name, 'it is empty');
  if (sizeBytes > largestFileBytes)
    throw unusable(
      name,
      'an ISO image cannot contain a file of 4 GiB or more',
      'Compress it: xz -T0 FILE',
    );
}

interface Found {
  readonly name: string;
  readonly at: number;
  readonly bytes: number;
}

/** Of a directory that `list` has found sound. */
function recordsIn(sector: Buffer): Found[] {
  const found: Found[] = [];
  for (let at = 0; at < sector.length && sector[at] !== 0; ) {
    const bytes = sector[at] as number;
    const name = sector.toString('latin1', at + 33, at + 33 + (sector[at + 32] as number));
    found.push({ name, at, bytes });
    at += bytes;
  }
  return found;
}

/** By Joliet's descriptor; undefined without one, or where Linux would not read Rock Ridge's names. */
async function builtWithSectors(iso: LiveIso): Promise<number | undefined> {
  const root = await readRange(iso, iso.fs.rootRange());
  // SP, the first entry of the root's own record.
  if (root.toString('latin1', 34, 41) !== 'SP\x07\x01\xbe\xef\0') return undefined;
  const descriptors = await readRange(iso, {
    startBytes: primaryStartBytes,
    sizeBytes: 8 * sectorBytes,
  });
  for (
    let at = 0;
    at + sectorBytes <= descriptors.length && descriptors[at] !== 255;
    at += sectorBytes
  )
    if (descriptors[at] === 2 && descriptors.toString('latin1', at + 88, at + 90) === '%/')
      return descriptors.readUInt32LE(at + 80);
  return undefined;
}

const unsuitable = (name: string) =>
  new InputError({
    code: 'medium-unsupported',
    failed: `Cannot customize ${name}`,
    why: 'no files can be added to this ISO image',
    next: 'Build it with make iso.',
  });

const full = (name: string) =>
  new WriteError({
    code: 'medium-area-full',
    failed: `Cannot customize ${name}`,
    why: 'its directory has no room for these files',
    next: 'Give the file a shorter name.',
  });
