import type { FileHandle } from 'node:fs/promises';
import { InputError } from './errors.ts';

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
  const bytes = Buffer.allocUnsafe(range.sizeBytes);
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
  const memory = Buffer.allocUnsafeSlow(Math.min(pieceBytes, range.sizeBytes));
  yield* readInPieces(from, range, (sizeBytes) => memory.subarray(0, sizeBytes), signal);
}

/** The same, but the reader may keep the pieces: each is in memory of its own. */
export async function* ownPiecesOf(
  from: NamedFile,
  range: FileRange,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  yield* readInPieces(from, range, (sizeBytes) => Buffer.allocUnsafeSlow(sizeBytes), signal);
}

async function* readInPieces(
  from: NamedFile,
  { startBytes, sizeBytes }: FileRange,
  memoryFor: (sizeBytes: number) => Buffer,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const endBytes = startBytes + sizeBytes;
  for (let at = startBytes; at < endBytes; ) {
    signal?.throwIfAborted();
    const into = memoryFor(Math.min(pieceBytes, endBytes - at));
    const bytesRead = await readSome(from, into, at);
    if (bytesRead === 0) return;
    yield into.subarray(0, bytesRead);
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
