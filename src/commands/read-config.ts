import { createReadStream } from 'node:fs';
import { InputError } from '../errors.ts';
import { configLimitBytes } from '../plan/fetch-ignition.ts';

/** All of a config; `-` is standard input, and `name` what it is called in an `InputError`. */
export async function readConfig(file: string, name: string): Promise<Uint8Array> {
  const refuse = (why: string, next: string, cause?: unknown) =>
    new InputError({ failed: `Cannot read ${name}`, why, next }, { cause });
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of file === '-' ? process.stdin : createReadStream(file)) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > configLimitBytes) break;
    }
  } catch (error) {
    throw refuse((error as Error).message, 'Check the path.', error);
  }
  if (sizeBytes > configLimitBytes) throw refuse('it is larger than 16 MiB', 'Is it the image?');
  return Buffer.concat(chunks);
}
