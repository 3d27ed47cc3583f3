import { addAbortSignal } from 'node:stream';
import { piecesOf } from '../lib/file-range.ts';
import type { VisitMember } from './cpio-reader.ts';
import { decodeFeatures, type Features } from './features.ts';
import { readInitrd, readMembers } from './initrd.ts';
import { featuresPath, isCustomization, liveMarkerPath } from './live-files.ts';
import { alreadyCustomized, readingArchive, unrecognized } from './medium-error.ts';
import { type OpenFile, openFile } from './open-file.ts';

/** An initramfs of Fedora CoreOS has 100 MB, and 250 MB unpacked. */
const limits = { unpackedBytes: 4 * 1024 ** 3, keptBytes: 32 * 1024 * 1024 };
const next = 'Check that it is the initramfs, and not the kernel or the root file system.';

/** Files of an initramfs; `-` is standard input. Throws `InputError`. */
export async function readInitrdFile(
  path: string,
  isWanted: (path: string) => boolean,
  signal: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  return await reading(path, signal, (pieces) =>
    readMembers(pieces, isWanted, { ...limits, signal }),
  );
}

/** All regular files of an initramfs in their order. Throws `InputError`. */
export async function visitInitrdFile(
  path: string,
  visit: VisitMember,
  signal: AbortSignal,
): Promise<void> {
  await reading(path, signal, (pieces) => readInitrd(pieces, visit, { ...limits, signal }));
}

async function reading<T>(
  path: string,
  signal: AbortSignal,
  read: (pieces: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  if (path === '-')
    return await readingArchive(
      'standard input',
      next,
      read(addAbortSignal(signal, process.stdin)),
    );
  await using opened = await openFile(path, 'read');
  return await readingArchive(path, next, read(allOf(opened, signal)));
}

const allOf = (opened: OpenFile, signal: AbortSignal) =>
  piecesOf(opened, { startBytes: 0, sizeBytes: opened.sizeBytes }, signal);

/** The features of a pristine initramfs of Fedora CoreOS. Throws `InputError` for any other. */
export async function readLiveInitrd(opened: OpenFile, signal: AbortSignal): Promise<Features> {
  const isWanted = (path: string) =>
    path === liveMarkerPath || path === featuresPath || isCustomization(path);
  const { name } = opened;
  const reading = readMembers(allOf(opened, signal), isWanted, { ...limits, signal });
  const members = await readingArchive(name, next, reading);
  if (!members.has(liveMarkerPath)) throw unrecognized(name, 'not a CoreOS live initramfs image');
  if ([...members.keys()].some(isCustomization))
    throw alreadyCustomized(name, 'input is already customized');
  return decodeFeatures(members.get(featuresPath), name);
}
