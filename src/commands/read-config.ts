import { createReadStream } from 'node:fs';
import { configLimitBytes } from '../config/fetch-ignition.ts';
import { InputError } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';

/** Reads a config; `-` is standard input, `name` its name in an `InputError`. */
export async function readConfig(file: string, name: string): Promise<Uint8Array> {
  const refuse = (code: FailureCode<'input'>, why: string, next: string, cause?: unknown) =>
    new InputError({ code, failed: `Cannot read ${name}`, why, next }, { cause });
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > configLimitBytes) break;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const kind = code === 'ENOENT' ? 'config-not-found' : 'file-unreadable';
    throw refuse(kind, message, 'Check the path.', error);
  }
  if (sizeBytes > configLimitBytes)
    throw refuse(
      'file-too-large',
      'it is larger than 16 MiB',
      'Check that it is a config, not the image.',
    );
  return Buffer.concat(chunks);
}
