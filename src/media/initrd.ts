import { DecodeFault } from '../decode/fault.ts';
import { compressedFormat } from '../decode/image-format.ts';
import { NativeDecoder } from '../decode/native-decoder.ts';
import { collectGarbage } from '../lib/collect-garbage.ts';
import { formatBytes } from '../lib/quantities.ts';
import type { NativeFormat } from '../native/addon.ts';
import { packXz } from '../native/xz-pack.ts';
import { ByteReader } from './byte-reader.ts';
import { type Members, makeCpio } from './cpio.ts';
import { isCpio, readCpio, type VisitMember } from './cpio-reader.ts';

/** That of `xz -9` is 64 MiB, and the decoder needs some more. */
const decoderLimitBytes = 65 * 1024 * 1024;
const pieceBytes = 256 * 1024;
const largeBytes = 4 * 1024 * 1024;
/** An initramfs has some thousands, with its directories and links. */
const mostMembers = 100_000;

/**
 * Reads an initramfs as the kernel does: cpio archives one after the other, each as it is or compressed
 * with gzip, xz or zstd, with zeros between them. Throws `DecodeFault`.
 */
export async function readInitrd(
  pieces: AsyncIterable<Uint8Array>,
  visit: VisitMember,
  { unpackedBytes, signal }: Pick<ReadLimits, 'unpackedBytes' | 'signal'>,
): Promise<void> {
  const reader = new ByteReader(pieces);
  const room = { leftBytes: unpackedBytes, limitBytes: unpackedBytes, signal };
  let members = 0;
  const count = () => {
    members += 1;
    if (members > mostMembers)
      throw new DecodeFault('memory', `it has more than ${mostMembers} files and directories`);
  };
  while (await reader.skipZeros()) {
    const beginning = await reader.peek(6);
    const format = compressedFormat(beginning);
    if (format !== undefined) await readCompressed(reader, format, { visit, count, room });
    else if (isCpio(beginning)) await readCpio(reader, visit, count);
    else throw new DecodeFault('damaged', unknownArchive, reader.offsetBytes);
  }
}

const unknownArchive =
  'what is there is no cpio archive, plain or compressed with gzip, xz or zstd';

/** How much may be unpacked, and for how long. */
export interface Room {
  leftBytes: number;
  readonly limitBytes: number;
  /** Ends the unpacking, also between two pieces of the same input. */
  readonly signal?: AbortSignal | undefined;
}

interface Unpacking {
  readonly visit: VisitMember;
  readonly count: () => void;
  readonly room: Room;
}

async function readCompressed(
  reader: ByteReader,
  format: NativeFormat,
  { visit, count, room }: Unpacking,
): Promise<void> {
  const startBytes = reader.offsetBytes;
  try {
    const inner = new ByteReader(unpack(reader, format, room));
    if ((await inner.some()).length > 0) await readCpio(inner, visit, count);
    if (await inner.skipZeros())
      throw new DecodeFault('damaged', 'other data follows the cpio archive', inner.offsetBytes);
  } catch (error) {
    // Its place in the compressed data, which starts somewhere in the whole.
    if (!(error instanceof DecodeFault)) throw error;
    throw new DecodeFault(error.kind, `${error.message}, in the ${format} data`, startBytes);
  }
}

/**
 * One stream, member or frame; each piece is valid until the next is asked for. Throws `DecodeFault`, also
 * where more memory than 64 MiB or more room is needed.
 */
export async function* unpack(
  reader: ByteReader,
  format: NativeFormat,
  room: Room,
): AsyncGenerator<Uint8Array> {
  using decoder = new NativeDecoder(format, decoderLimitBytes);
  const output = new Uint8Array(pieceBytes);
  for (let mayHaveMore = false; ; ) {
    room.signal?.throwIfAborted();
    const input: Uint8Array = mayHaveMore ? new Uint8Array() : await reader.some();
    if (!mayHaveMore && input.length === 0)
      throw new DecodeFault('truncated', 'the data is incomplete', reader.offsetBytes);
    // The decoder works on another thread: the memory of the input must stay as it is.
    const { usedBytes, madeBytes, ended } = await decoder
      .decode(input, [output])
      .catch(namingLimit);
    reader.used(usedBytes);
    room.leftBytes -= madeBytes;
    if (room.leftBytes < 0)
      throw new DecodeFault('memory', `it is more than ${formatBytes(room.limitBytes)} unpacked`);
    if (madeBytes > 0) yield output.subarray(0, madeBytes);
    if (ended) return;
    if (usedBytes + madeBytes === 0 && input.length > 0)
      throw new DecodeFault('damaged', 'the data cannot be decompressed', reader.offsetBytes);
    mayHaveMore = madeBytes === output.length && usedBytes === input.length;
  }
}

function namingLimit(error: unknown): never {
  if (!(error instanceof DecodeFault) || error.kind !== 'memory') throw error;
  throw new DecodeFault('memory', 'decompressing it needs more than 64 MiB of memory');
}

export interface ReadLimits {
  /** Of everything, unpacked. */
  readonly unpackedBytes: number;
  /** Of the files that are wanted. */
  readonly keptBytes: number;
  /** Ends the reading. */
  readonly signal?: AbortSignal;
}

/** The files that are wanted, whole; the last of one name counts. Throws like `readInitrd`. */
export async function readMembers(
  pieces: AsyncIterable<Uint8Array>,
  isWanted: (path: string) => boolean,
  limits: ReadLimits,
): Promise<Map<string, Uint8Array>> {
  const members = new Map<string, Uint8Array>();
  let keptBytes = 0;
  await readInitrd(
    pieces,
    ({ path, sizeBytes }) => {
      if (!isWanted(path)) return undefined;
      keptBytes += sizeBytes - (members.get(path)?.length ?? 0);
      if (keptBytes > limits.keptBytes)
        throw new DecodeFault('memory', `its files are more than ${formatBytes(limits.keptBytes)}`);
      const content = Buffer.alloc(sizeBytes);
      members.set(path, content);
      let at = 0;
      return (bytes) => {
        content.set(bytes, at);
        at += bytes.length;
      };
    },
    limits,
  );
  return members;
}

/** What the kernel unpacks: an archive of these files in one xz stream; nothing for no files. */
export async function packMembers(members: Members): Promise<Buffer> {
  if (members.size === 0) return Buffer.alloc(0);
  // What was read to make them.
  const sizeBytes = members.values().reduce((sum, { length }) => sum + length, 0);
  if (sizeBytes > largeBytes) collectGarbage();
  return await packXz(makeCpio(members));
}
