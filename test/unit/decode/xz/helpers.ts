import { spawnSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { crc32 } from 'node:zlib';
import type { DecodeOptions, Decoder } from '../../../../src/decode/decoder.ts';
import { chunkBytes } from '../../../../src/lib/bytes.ts';
import { decodersSince } from '../../../support/native-decoders.ts';

/** Runs a real compressor or decompressor on bytes. */
export function run(command: string, args: string[], input: Uint8Array) {
  const result = spawnSync(command, args, { input, maxBuffer: 512 * 1024 * 1024 });
  if (result.error) throw result.error;
  return { status: result.status, stdout: result.stdout, stderr: result.stderr.toString() };
}

/** What the command writes; throws when it fails. */
export function pipe(command: string, args: string[], input: Uint8Array): Buffer {
  const { status, stdout, stderr } = run(command, args, input);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** One block without sizes, unless asked for otherwise: xz itself takes several threads since 5.6. */
export const xz = (input: Uint8Array, ...args: string[]) =>
  pipe('xz', ['-c', '-T1', ...args], input);

/** What xz makes of a file: its output, or undefined when it refuses it. */
export function xzVerdict(file: Uint8Array): Buffer | undefined {
  const { status, stdout } = run('xz', ['-dc', '--format=xz'], file);
  // 2 is a warning: decoded, but the check is of a kind that nobody can verify.
  return status === 0 || status === 2 ? stdout : undefined;
}

/** Bytes that compress about as well as a file system does. */
export function mixture(lengthBytes: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  let state = seed;
  for (let at = 0; at < lengthBytes; at += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const region = (at >> 12) % 3;
    bytes[at] = region === 0 ? 0 : region === 1 ? (state >>> 16) & 0x0f : state >>> 16;
  }
  return bytes;
}

/** Data, zeros, data, … of these lengths, from data on; no run of zeros begins where another did. */
export function alternating(...lengths: readonly number[]): Buffer {
  return Buffer.concat(
    lengths.map((length, index) =>
      // Its own zeros are part of the data: it begins behind them.
      index % 2 === 0 ? mixture(length + 4096, index + 1).subarray(4096) : Buffer.alloc(length),
    ),
  );
}

export async function* inChunks(bytes: Uint8Array, chunkLength: number) {
  // One buffer for all, as a source may do.
  const buffer = new Uint8Array(chunkLength);
  for (let at = 0; at < bytes.length; at += chunkLength) {
    const part = bytes.subarray(at, at + chunkLength);
    buffer.set(part);
    yield buffer.subarray(0, part.length);
    buffer.fill(0xee);
  }
}

export const defaults = (): DecodeOptions => ({
  jobs: 2,
  memoryLimitBytes: 256 * 1024 * 1024,
  signal: new AbortController().signal,
  name: 'image.xz',
});

/**
 * Decodes a whole file and holds the decoder to its promises: about chunks, and about what it leaves
 * behind, be it good or failed.
 */
export async function decode(
  decoder: Decoder,
  file: Uint8Array,
  options: Partial<DecodeOptions> & { chunkLength?: number } = {},
): Promise<Buffer> {
  const checkDecoders = decodersSince();
  const all = { ...defaults(), ...options };
  const [outcome] = await Promise.allSettled([decodeChunks(decoder, file, all)]);
  checkDecoders();
  const listeners = getEventListeners(all.signal, 'abort').length;
  if (listeners > 0) throw new Error(`${listeners} listeners are left`);
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

async function decodeChunks(
  decoder: Decoder,
  file: Uint8Array,
  options: DecodeOptions & { chunkLength?: number },
): Promise<Buffer> {
  const chunks = new Map<number, Uint8Array>();
  const { sizeBytes } = await decoder(
    inChunks(file, options.chunkLength ?? 64 * 1024),
    async (offsetBytes, bytes) => {
      if (offsetBytes % chunkBytes !== 0) throw new Error(`not aligned: ${offsetBytes}`);
      if (chunks.has(offsetBytes)) throw new Error(`written twice: ${offsetBytes}`);
      // The bytes are the sink's until it answers.
      await new Promise(setImmediate);
      chunks.set(offsetBytes, bytes.slice());
    },
    options,
  );
  const image = Buffer.alloc(sizeBytes);
  let filledBytes = 0;
  for (const [offsetBytes, bytes] of chunks) {
    image.set(bytes, offsetBytes);
    filledBytes += bytes.length;
    if (bytes.length !== Math.min(chunkBytes, sizeBytes - offsetBytes))
      throw new Error(`chunk of ${bytes.length} at ${offsetBytes}`);
  }
  if (filledBytes !== sizeBytes) throw new Error(`${filledBytes} of ${sizeBytes} bytes`);
  return image;
}

/** Compares bytes; a general comparison of megabytes takes minutes. */
export function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(actual, expected) === 0) return;
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  throw new Error(`${actual.length} of ${expected.length} bytes, first difference at ${at}`);
}

/** Sets the checksums of headers, index and footer right, so that a lie in them is not noticed. */
export function repaired(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  const fix = (from: number, to: number, target: number) => {
    if (from < 0 || to <= from || target < 0 || target + 4 > copy.length) return;
    copy.writeUInt32LE(crc32(copy.subarray(from, to)), target);
  };
  fix(6, 8, 8);
  const headerEnd = 12 + ((copy[12] ?? 0) + 1) * 4;
  if (copy[12] !== 0 && headerEnd <= copy.length) fix(12, headerEnd - 4, headerEnd - 4);
  if (copy.length < 24) return copy;
  const indexBytes = (copy.readUInt32LE(copy.length - 8) + 1) * 4;
  fix(copy.length - 12 - indexBytes, copy.length - 16, copy.length - 16);
  fix(copy.length - 8, copy.length - 2, copy.length - 12);
  return copy;
}
