import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { decoderMemoryBytes, defaultJobs } from '../../commands/decoder-limits.ts';
import type { DecodedSink } from '../../decode/decoder.ts';
import { decoderFor } from '../../decode/decoders.ts';
import { describeForeign, detectFormat } from '../../decode/format.ts';
import { unpackedName } from '../../download/file-names.ts';
import { PartialFile } from '../../download/partial-file.ts';
import type { SaveOptions } from '../../download/save-options.ts';
import { FileSource } from '../../fetch/file-source.ts';
import { startingWith } from '../../fetch/peek.ts';
import { chunkBytes } from '../../lib/bytes.ts';
import { InputError } from '../../lib/errors.ts';
import { BackgroundHash } from '../../native/hash.ts';
import { CommandError, filter } from '../../system/run-command.ts';
import type { Asset } from './fleet.ts';
import { type Packing, packerArguments, suffixes } from './packing.ts';

/** What tells a format: see `detectFormat`. */
const headBytes = 64 * 1024;

/** What a run of `repack` knows of its work. */
export interface Repacking extends Pick<SaveOptions, 'signal' | 'onProgress'> {
  readonly packing: Packing;
  /** Of the file that was verified. */
  readonly sha256: string;
}

/**
 * Unpacks a file that was verified, and packs it again, next to it. The installer's own decoder reads the
 * result back, and both are compared: the result's digest takes the place of the signature. Meanwhile the
 * image itself is on the disk as well, without its zeros. Throws `InputError` for what cannot be
 * unpacked, `WriteError`.
 */
export async function repack(
  path: string,
  work: Repacking,
): Promise<Asset & { readonly path: string }> {
  const name = basename(path);
  const { packing, signal } = work;
  await using raw = await PartialFile.open(dirname(path), `${name}.decoded`);
  await using packed = await PartialFile.open(dirname(path), `${name}.packed`);
  const result = `${path}.packed`;
  try {
    await raw.end(0);
    await packed.end(0);
    const read = await decode(
      path,
      signal,
      async (offsetBytes, bytes) => await raw.writeSparse(offsetBytes, bytes),
    );
    if (read.sha256 !== work.sha256) throw changed(path);
    await raw.end(read.sizeBytes);
    const head = await readAt(raw, 0, headBytes);
    if (detectFormat(head, name) !== 'raw') throw packedTwice(path, head);
    const written = await pack(raw, packed, read.sizeBytes, work);
    await packed.publish(result);
    await compare(result, raw, read.sizeBytes, work);
    const fileName = `${unpackedName(name)}.${suffixes[packing]}`;
    return { ...written, fileName, path: result };
  } catch (error) {
    await packed.discard();
    await rm(result, { force: true });
    throw error;
  } finally {
    await raw.discard();
  }
}

async function pack(
  raw: PartialFile,
  packed: PartialFile,
  sizeBytes: number,
  { packing, signal, onProgress }: Repacking,
): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  async function* image() {
    for (let receivedBytes = 0; receivedBytes < sizeBytes; ) {
      const bytes = await readAt(
        raw,
        receivedBytes,
        Math.min(chunkBytes, sizeBytes - receivedBytes),
      );
      receivedBytes += bytes.length;
      onProgress({ receivedBytes, sizeBytes });
      yield bytes;
    }
  }
  const sha256 = new BackgroundHash('sha256');
  let packedBytes = 0;
  for await (const bytes of filter(packing, packerArguments(packing, sizeBytes), image(), signal)) {
    await Promise.all([sha256.update(bytes), packed.write(packedBytes, bytes)]);
    packedBytes += bytes.length;
  }
  return { sha256: await sha256.digest(), sizeBytes: packedBytes };
}

/** Nobody signs what was packed: a fault of this machine must not be pinned. */
async function compare(
  path: string,
  raw: PartialFile,
  sizeBytes: number,
  { packing, signal }: Repacking,
): Promise<void> {
  try {
    const read = await decode(path, signal, async (offsetBytes, bytes) => {
      if (!(await readAt(raw, offsetBytes, bytes.length)).equals(bytes))
        throw new CommandError(packing, otherBytes);
    });
    if (read.sizeBytes !== sizeBytes) throw new CommandError(packing, otherBytes);
  } catch (cause) {
    throw cause instanceof InputError ? new CommandError(packing, otherBytes, { cause }) : cause;
  }
}

const otherBytes = 'what it has packed does not decompress to the same image';

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

/** Up to `lengthBytes`, fewer at the end. */
async function readAt(
  { file }: PartialFile,
  offsetBytes: number,
  lengthBytes: number,
): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(
    Buffer.allocUnsafeSlow(lengthBytes),
    0,
    lengthBytes,
    offsetBytes,
  );
  return buffer.subarray(0, bytesRead);
}
