import type { FileHandle } from 'node:fs/promises';
import { InputError } from '../lib/errors.ts';

/** Bytes of a file, from its beginning. */
export interface FileRange {
  readonly startBytes: number;
  readonly sizeBytes: number;
}

/** What is read from; its name is for messages. */
export interface NamedFile {
  readonly name: string;
  readonly file: FileHandle;
}

const pieceBytes = 1024 * 1024;

/** All bytes of a range; fewer where the file ends before. Throws `InputError`. */
export async function readRange(from: NamedFile, range: FileRange): Promise<Buffer> {
  const bytes = Buffer.alloc(range.sizeBytes);
  let at = 0;
  while (at < bytes.length) {
    const bytesRead = await readSome(from, bytes.subarray(at), range.startBytes + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

/** The same in pieces, of which each is valid until the next is asked for; ends with the signal. */
export async function* piecesOf(
  from: NamedFile,
  range: FileRange,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const memory = Buffer.alloc(Math.min(pieceBytes, range.sizeBytes));
  const endBytes = range.startBytes + range.sizeBytes;
  for (let at = range.startBytes; at < endBytes; ) {
    signal?.throwIfAborted();
    const wanted = memory.subarray(0, Math.min(memory.length, endBytes - at));
    const bytesRead = await readSome(from, wanted, at);
    if (bytesRead === 0) return;
    yield memory.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** A worn stick, or a file server that is gone. */
async function readSome({ file, name }: NamedFile, into: Buffer, at: number): Promise<number> {
  try {
    return (await file.read(into, 0, into.length, at)).bytesRead;
  } catch (cause) {
    throw new InputError(
      {
        code: 'file-unreadable',
        failed: `Cannot read ${name}`,
        why: (cause as Error).message,
        next: 'Copy it from its source again, or to another disk.',
      },
      { cause },
    );
  }
}
