import type { FileHandle } from 'node:fs/promises';
import * as v from 'valibot';
import { WriteError } from '../lib/errors.ts';
import { type FileRange, piecesOf } from '../lib/file-range.ts';
import type { Members } from './cpio.ts';
import { decodeFeatures, type Features } from './features.ts';
import { packMembers, readMembers } from './initrd.ts';
import { IsoFileSystem } from './iso9660.ts';
import { jsonLimitBytes, parseJsonIn } from './json-files.ts';
import { findKargsAreas, type KargsAreas, readKargs } from './kargs-areas.ts';
import { damaged, readingArchive, unrecognized } from './medium-error.ts';
import type { Patch } from './patch.ts';

/** A live ISO of Fedora CoreOS, by what can be customized in it. */
export interface LiveIso {
  readonly name: string;
  readonly file: FileHandle;
  readonly fs: IsoFileSystem;
  readonly fileBytes: number;
  /** Where the archive with the customizations is. */
  readonly initrd: FileRange;
  /** Undefined in images before 2020. */
  readonly kargs: KargsAreas | undefined;
  readonly features: Features;
}

/** 256 KiB in images of Fedora CoreOS. */
const areaLimitBytes = 64 * 1024 * 1024;
const offset = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const ignitionInfo = v.object({
  file: v.string(),
  offset: v.optional(offset, 0),
  length: v.optional(offset),
});

/** Finds everything in an image of this many bytes. Throws `InputError`. */
export async function openLiveIso(
  file: FileHandle,
  name: string,
  fileBytes: number,
): Promise<LiveIso> {
  const fs = await IsoFileSystem.open(file, name, fileBytes);
  const initrd = await findInitrdArea(fs, name);
  const kargs = await findKargsAreas(file, fs, name);
  const features = await fs.find('COREOS/FEATURES.JSO');
  return {
    ...{ name, file, fs, fileBytes, initrd, kargs },
    features: decodeFeatures(features && (await fs.read(features, jsonLimitBytes)), name),
  };
}

async function findInitrdArea(fs: IsoFileSystem, name: string): Promise<FileRange> {
  const info = await fs.find('COREOS/IGNINFO.JSO');
  const place =
    info === undefined
      ? { file: 'IMAGES/IGNITION.IMG', offset: 0 }
      : await parseJsonIn(fs, info, ignitionInfo, name);
  const found = await fs.find(place.file);
  if (found === undefined || found.isDirectory) {
    if (info === undefined) throw unrecognized(name, 'Unrecognized CoreOS ISO image');
    throw damaged(name, `the file ${place.file} for customizations is not in it`);
  }
  const sizeBytes = place.length ?? found.sizeBytes - place.offset;
  const startBytes = found.startBytes + place.offset;
  if (
    place.offset + sizeBytes > found.sizeBytes ||
    startBytes + sizeBytes > fs.sizeBytes ||
    sizeBytes <= 0
  )
    throw damaged(name, `the area for customizations is beyond the end of ${place.file}`);
  if (sizeBytes > areaLimitBytes)
    throw damaged(name, `its area for customizations has ${sizeBytes} bytes`);
  return { startBytes, sizeBytes };
}

const limits = { unpackedBytes: 64 * 1024 * 1024, keptBytes: 32 * 1024 * 1024 };

/** The files in the area. Throws `InputError`. */
export async function readIsoMembers(iso: LiveIso): Promise<Map<string, Uint8Array>> {
  return await readingArchive(
    iso.name,
    'If a change of it was interrupted, remove all customizations: coreos-installer iso reset.',
    readMembers(piecesOf(iso, iso.initrd), () => true, limits),
  );
}

/** Whether an image is as it was built; reads nothing of an archive, which may be damaged. */
export async function isPristine(iso: LiveIso): Promise<boolean> {
  const { file, initrd, kargs, name } = iso;
  for await (const piece of piecesOf(iso, initrd))
    if (piece.some((byte) => byte !== 0)) return false;
  return kargs === undefined || (await readKargs(file, kargs, name)) === kargs.default.trim();
}

/**
 * The kernel arguments of a medium of this program as it is; nothing of others, whose installer is another.
 * Throws `InputError`.
 */
export async function kargsNow({ file, kargs, name, features }: LiveIso): Promise<string> {
  return features.isOwn && kargs !== undefined ? await readKargs(file, kargs, name) : '';
}

/** What has to be written for these files. Throws `WriteError` where there is no room for them. */
export async function membersPatch({ name, initrd }: LiveIso, members: Members): Promise<Patch> {
  const bytes = await packMembers(members);
  if (bytes.length > initrd.sizeBytes)
    throw new WriteError({
      code: 'medium-area-full',
      failed: `Cannot customize ${name}`,
      why: `Compressed initramfs is too large: ${bytes.length} > ${initrd.sizeBytes}`,
      next: 'Use smaller files: an Ignition config can fetch large ones from a server.',
    });
  return { ...initrd, bytes, isArchive: true };
}
