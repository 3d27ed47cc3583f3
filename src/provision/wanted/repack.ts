import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { decoderMemoryBytes, defaultJobs } from '../../commands/decoder-limits.ts';
import type { DecodedSink } from '../../decode/decoder.ts';
import { decoderFor } from '../../decode/decoders.ts';
import { describeForeign, detectFormat } from '../../decode/format.ts';
import { isPacked, unpackedName } from '../../download/file-names.ts';
import { PartialFile } from '../../download/partial-file.ts';
import type { SaveOptions } from '../../download/save-options.ts';
import { requireSpace } from '../../download/write-error.ts';
import { FileSource } from '../../fetch/file-source.ts';
import { startingWith } from '../../fetch/peek.ts';
import { InputError } from '../../lib/errors.ts';
import { ownPiecesOf, readRange } from '../../lib/file-range.ts';
import { CommandError, filter } from '../../system/run-command.ts';
import type { Asset } from './assets.ts';
import { type Packing, packerArguments, suffixes } from './packing.ts';

/** What tells a format: see `detectFormat`. */
const headBytes = 64 * 1024;

/** What a run of `repack` knows of its work. */
export interface Repacking extends Pick<SaveOptions, 'signal' | 'onProgress'> {
  readonly packing: Packing;
  /** Of the file that was verified. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** What is made here is called so: no file that is served has such a name. */
const packedSuffix = '.packed-again';

/**
 * Unpacks a file that was verified, and packs it again, next to it. The installer's own decoder reads the
 * result back, and both are compared: the result's digest takes the place of the signature. Meanwhile the
 * image itself is on the disk as well, without its zeros, and without a name: it is gone when this process
 * is. Throws `InputError` for what cannot be unpacked, `WriteError`.
 */
export async function repack(
  path: string,
  work: Repacking,
): Promise<Asset & { readonly path: string }> {
  const name = basename(path);
  const directory = dirname(path);
  const { packing, signal } = work;
  requireSpace(directory, roomToRepack(name, work.sizeBytes));
  await using packed = await PartialFile.open(directory, `${name}${packedSuffix}`);
  try {
    await using raw = await PartialFile.open(directory, `${name}.decoded`);
    await raw.discard();
    await raw.end(0);
    await packed.end(0);
    const read = await decode(
      path,
      signal,
      async (offsetBytes, bytes) => await raw.writeSparse(offsetBytes, bytes),
    );
    if (read.sha256 !== work.sha256) throw changed(path);
    await raw.end(read.sizeBytes);
    const head = await readRange(raw, { startBytes: 0, sizeBytes: headBytes });
    if (detectFormat(head, name) !== 'raw') throw packedTwice(path, head);
    // The longest step is not begun for nothing.
    requireSpace(directory, roomForPacked(name, work.sizeBytes));
    const sizeBytes = await pack(raw, packed, read.sizeBytes, work);
    const sha256 = await compare(packed, raw, read.sizeBytes, work);
    const result = `${path}${packedSuffix}`;
    await packed.publish(result);
    const fileName = `${unpackedName(name)}.${suffixes[packing]}`;
    return { sha256, sizeBytes, fileName, path: result };
  } catch (error) {
    await packed.discard();
    throw error;
  }
}

/** Removes what runs that were killed have left in a directory. */
export async function removeAbandoned(directory: string): Promise<void> {
  for (const file of await readdir(directory)) {
    const name = file.startsWith('.') ? file.slice(1).replace(/\.partial$/, '') : '';
    if (!name.endsWith(packedSuffix)) continue;
    try {
      await using left = await PartialFile.open(directory, name);
      await left.discard();
    } catch {
      // Another run has it.
    }
  }
}

/**
 * What is needed at least in addition to a file, to pack it again; more than that is known only afterwards. The
 * image itself is not smaller than a compressed file of it, but may be all zeros where it is not compressed.
 */
export const roomToRepack = (name: string, sizeBytes: number) =>
  isPacked(name) ? sizeBytes + roomForPacked(name, sizeBytes) : 0;

/** No form is half as large as another one. */
const roomForPacked = (name: string, sizeBytes: number) =>
  isPacked(name) ? Math.floor(sizeBytes / 2) : 0;

/** Resolves with the size of what it has packed, in bytes. */
async function pack(
  raw: PartialFile,
  packed: PartialFile,
  sizeBytes: number,
  { packing, signal, onProgress }: Repacking,
): Promise<number> {
  async function* image() {
    let receivedBytes = 0;
    for await (const bytes of ownPiecesOf(raw, { startBytes: 0, sizeBytes }, signal)) {
      receivedBytes += bytes.length;
      onProgress({ receivedBytes, sizeBytes });
      yield bytes;
    }
  }
  let packedBytes = 0;
  for await (const bytes of filter(packing, packerArguments(packing, sizeBytes), image(), signal)) {
    await packed.write(packedBytes, bytes);
    packedBytes += bytes.length;
  }
  return packedBytes;
}

/** Nobody signs what was packed: a fault of this machine must not be pinned. Resolves with the SHA-256 of what was read. */
async function compare(
  packed: PartialFile,
  raw: PartialFile,
  sizeBytes: number,
  { packing, signal }: Repacking,
): Promise<string> {
  const isOther = (cause?: unknown) =>
    new CommandError(packing, 'what it has packed does not decompress to the same image', {
      cause,
    });
  try {
    const read = await decode(packed.name, signal, async (offsetBytes, bytes) => {
      const range = { startBytes: offsetBytes, sizeBytes: bytes.length };
      if (!(await readRange(raw, range)).equals(bytes)) throw isOther();
    });
    if (read.sizeBytes !== sizeBytes) throw isOther();
    return read.sha256;
  } catch (error) {
    // Where one of the two cannot be read, that is not the tool's fault.
    const isDamaged = error instanceof InputError && error.failure.code.startsWith('image-');
    throw isDamaged ? isOther(error) : error;
  }
}

/** Decodes a file whole, as the installer does. */
async function decode(
  path: string,
  signal: AbortSignal,
  sink: DecodedSink,
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const open = await new FileSource(path).open(signal);
  const { firstBytes, bytes } = await startingWith(open.bytes, headBytes);
  const name = basename(path);
  const options = { signal, name, jobs: defaultJobs(), memoryLimitBytes: decoderMemoryBytes() };
  const { sizeBytes } = await decoderFor(detectFormat(firstBytes, name))(bytes, sink, options);
  return { sizeBytes, sha256: await open.sha256() };
}

/** The installer decompresses once. */
function packedTwice(path: string, head: Uint8Array): InputError {
  const reason = describeForeign(head) as NonNullable<ReturnType<typeof describeForeign>>;
  return new InputError({ failed: `Cannot pack ${path} again`, ...reason });
}

function changed(path: string): InputError {
  return new InputError({
    code: 'file-changed',
    failed: `Cannot pack ${path} again`,
    why: 'it changed after it was verified',
    next: 'Run the command again, and leave the files in assets/.incoming alone.',
  });
}
