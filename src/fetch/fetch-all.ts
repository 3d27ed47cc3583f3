import { InputError } from '../lib/errors.ts';
import type { ByteSource } from './source.ts';

/**
 * Everything a source has, for things that are small by nature, such as configs. Throws
 * `InputError` as soon as it is known to be larger than `limitBytes`; `next` says what to do then.
 */
export async function fetchAll(
  source: ByteSource,
  limitBytes: number,
  signal: AbortSignal,
  next = 'Check that it is the right file.',
): Promise<Uint8Array> {
  const closer = new AbortController();
  const opened = await source.open(AbortSignal.any([signal, closer.signal]));
  try {
    if ((opened.sizeBytes ?? 0) > limitBytes) {
      throw tooLarge(source.name, `${opened.sizeBytes} bytes`, limitBytes, next);
    }
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of opened.bytes) {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) {
        throw tooLarge(source.name, 'larger', limitBytes, next);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, sizeBytes);
  } finally {
    closer.abort();
  }
}

function tooLarge(name: string, size: string, limitBytes: number, next: string): InputError {
  return new InputError({
    code: 'file-too-large',
    failed: `Cannot use ${name}`,
    why: `it is ${size}, and at most ${limitBytes / 1024 / 1024} MiB are allowed`,
    next,
  });
}
