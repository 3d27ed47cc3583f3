import { createReadStream } from 'node:fs';
import { addAbortSignal } from 'node:stream';
import { configLimitBytes } from '../config/fetch-ignition.ts';
import { collectGarbage } from '../lib/collect-garbage.ts';
import { InputError } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';

/** So much is returned to the kernel when it is freed; of less, the allocator keeps a part. */
const highWaterMark = 1024 * 1024;
const largeBytes = 4 * 1024 * 1024;

/** Reads a config; `-` is standard input, `name` its name in an `InputError`. */
export async function readConfig(
  file: string,
  name: string,
  signal = new AbortController().signal,
): Promise<Uint8Array> {
  const refuse = (code: FailureCode<'input'>, why: string, next: string, cause?: unknown) =>
    new InputError({ code, failed: `Cannot read ${name}`, why, next }, { cause });
  const tooLarge = () =>
    refuse(
      'file-too-large',
      'it is larger than 16 MiB',
      'Check that it is a config, not the image.',
    );
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    // Destroyed: otherwise the process would wait for the end of its input.
    const input = file === '-' ? process.stdin : createReadStream(file, { highWaterMark });
    for await (const chunk of addAbortSignal(signal, input)) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > configLimitBytes) throw tooLarge();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof InputError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const kind = code === 'ENOENT' ? 'config-not-found' : 'file-unreadable';
    throw refuse(kind, message, 'Check the path.', error);
  }
  const whole = Buffer.concat(chunks);
  chunks.length = 0;
  if (whole.length > largeBytes) collectGarbage();
  return whole;
}
