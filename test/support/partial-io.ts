import fs from 'node:fs';
import fsPromises, { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import type { Random } from './random.ts';

type Io = (bytes: Uint8Array, ...place: unknown[]) => Promise<unknown>;

const noHandle = await open('/dev/null');
const FileHandlePrototype = Object.getPrototypeOf(noHandle) as Record<'read' | 'write', Io>;
await noHandle.close();

export interface PartialIo extends Disposable {
  /** How many reads and writes did less than was asked for. */
  readonly shortened: number;
}

/**
 * Until this is disposed, a read or write of a file does at most a part of what is asked for, as the
 * kernel may: real ones, of fewer bytes. `partOf` gets how many are asked for, and says of how many
 * the kernel is asked.
 */
export function partialIo(partOf: (lengthBytes: number) => number): PartialIo {
  let shortened = 0;
  const fewer = (lengthBytes: number) => {
    const part = Math.max(Math.min(partOf(lengthBytes), lengthBytes), Math.min(1, lengthBytes));
    if (part < lengthBytes) shortened += 1;
    return part;
  };
  const { read, write } = FileHandlePrototype;
  const { readSync, writeSync } = fs;

  const inPart = (io: Io): Io =>
    function (this: FileHandle, bytes, offset, length, position) {
      const start = Number(offset ?? 0);
      const whole = Number(length ?? bytes.byteLength - start);
      return io.call(this, bytes, start, fewer(whole), position ?? null);
    };
  Object.assign(FileHandlePrototype, { read: inPart(read), write: inPart(write) });

  const syncInPart = (io: (...args: never[]) => number) =>
    ((
      fd: number,
      data: Uint8Array | string,
      offset?: number,
      length?: number,
      position?: number,
    ) => {
      const bytes = typeof data === 'string' ? Buffer.from(data) : (data as Uint8Array);
      const start = offset ?? 0;
      const whole = length ?? bytes.byteLength - start;
      return Reflect.apply(io, undefined, [fd, bytes, start, fewer(whole), position ?? null]);
    }) as never;
  Object.assign(fs, { readSync: syncInPart(readSync), writeSync: syncInPart(writeSync) });
  syncBuiltinESMExports();

  return {
    get shortened() {
      return shortened;
    },
    [Symbol.dispose]() {
      Object.assign(FileHandlePrototype, { read, write });
      Object.assign(fs, { readSync, writeSync });
      syncBuiltinESMExports();
    },
  };
}

/** Random parts, multiples of `unitBytes`. */
export const randomParts = (random: Random, unitBytes: number) => (lengthBytes: number) =>
  random.between(1, Math.max(1, Math.floor(lengthBytes / unitBytes))) * unitBytes;

/** Until this is disposed, opening with this flag fails: the file system does not support it. */
export function refusingToOpen(flag: number): Disposable {
  const original = fsPromises.open;
  fsPromises.open = (path, flags, mode) =>
    (Number(flags) & flag) === 0
      ? original(path, flags, mode)
      : Promise.reject(Object.assign(new Error('invalid argument'), { code: 'EINVAL' }));
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]() {
      fsPromises.open = original;
      syncBuiltinESMExports();
    },
  };
}
