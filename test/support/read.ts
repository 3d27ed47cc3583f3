import { createHash, randomBytes } from 'node:crypto';
import type { ByteSource, SourceOptions } from '../../src/fetch/source.ts';

/** Options with short time limits, so that failures are quick. */
export const hasty: SourceOptions = {
  retryForMs: 400,
  connectTimeoutMs: 1_000,
  stallTimeoutMs: 150,
  backoff: () => 5,
};

export const never = new AbortController().signal;

/** Everything that a source delivers; its own digest must agree with it. */
export async function readAll(source: ByteSource, signal = never): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const { bytes, sha256 } = await source.open(signal);
  for await (const chunk of bytes) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  if ((await sha256()) !== digest(all))
    throw new Error('the source counts other bytes than it delivers');
  return all;
}

/** Bytes in which no part equals another. */
export const noise = (sizeBytes: number) => randomBytes(sizeBytes);

/** For comparing large contents: fast, and with a short message when they differ. */
export const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
