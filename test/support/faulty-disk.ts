import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteRange } from './installed-disk.ts';
import { loopDevice } from './loop-device.ts';

export interface FaultyDiskOptions {
  readonly sizeBytes: number;
  /** What it says that its size is; past the real one it reports input/output errors. */
  readonly claimedBytes?: number;
  /** A file with what is on it at first; otherwise, and behind it, old bytes or zeros. */
  readonly contentPath?: string;
  readonly content?: 'old' | 'zeros';
  /** Reading and writing here is an input/output error. */
  readonly failing?: readonly ByteRange[];
  /** After so many bytes every write is an input/output error. */
  readonly failsAfterBytes?: number;
  /** Writes here are taken, and forgotten, to the byte. */
  readonly lying?: readonly ByteRange[];
  /** The flushes that fail, the first is number 0: what was written may or may not be there. */
  readonly failingFlushes?: {
    readonly from: number;
    readonly count: number;
    readonly code: ErrorCode;
  };
  /** It promises to zero ranges by itself, and does, or fails when it is asked to. */
  readonly zeroing?: 'works' | 'fails';
  /** Closing it is an input/output error, as on a network file system that was full in between. */
  readonly failingClose?: boolean;
}

type ErrorCode = 'EIO' | 'ENOSPC';

/** Something that a disk was asked to do. */
export type DiskEvent =
  | { readonly kind: 'write'; readonly offsetBytes: number; readonly bytes: Buffer }
  | { readonly kind: 'flush' };

export interface FaultyDisk extends AsyncDisposable {
  /** `/dev/loop3`, or the file. */
  readonly path: string;
  /** Everything that has reached the medium until now, in order. */
  events(): Promise<DiskEvent[]>;
}

/**
 * A block device that goes wrong as told and remembers what was asked of it: a loop device on a
 * file that a process of ours serves (FUSE). Nothing stays in a page cache: what is read is what
 * the medium holds, and a flush is seen as one.
 */
export async function faultyDisk(options: FaultyDiskOptions): Promise<FaultyDisk> {
  await using cleanup = new AsyncDisposableStack();
  const file = cleanup.use(await faultyFile(options));
  const sizeBytes = options.claimedBytes ?? options.sizeBytes;
  const device = cleanup.use(await loopDevice({ sizeBytes, backingFile: file.path }));
  // What fails is what was asked for, and not what the kernel reads ahead of it.
  execFileSync('blockdev', ['--setra', '0', device.path]);
  const owned = cleanup.move();
  return {
    path: device.path,
    events: file.events,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The file alone, without a device on it. */
export async function faultyFile(options: FaultyDiskOptions): Promise<FaultyDisk> {
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp('/var/tmp/coreos-installer-faulty-');
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const backingFile = join(directory, 'disk.img');
  const logPath = join(directory, 'log');
  writeFileSync(backingFile, '');

  const server = startServer(options, backingFile, logPath);
  cleanup.defer(async () => {
    // Somebody may still look into the loop device, which goes when that ends, and then the server.
    execFileSync('/usr/bin/umount', ['--lazy', backingFile]);
    await server.ended;
  });
  const owned = cleanup.move();
  return {
    path: backingFile,
    events: async () => parseLog(await readFile(logPath)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function startServer(options: FaultyDiskOptions, backingFile: string, logPath: string) {
  const fuse = openSync('/dev/fuse', 'r+');
  const log = openSync(logPath, 'ax');
  try {
    const script = join(import.meta.dirname, 'fuse-server.ts');
    const child = spawn(process.execPath, [script, JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit', fuse, log],
    });
    const mountOptions = 'fd=3,rootmode=100600,user_id=0,group_id=0';
    execFileSync('/usr/bin/mount', ['-i', '-t', 'fuse', '-o', mountOptions, 'disk', backingFile], {
      stdio: ['ignore', 'inherit', 'inherit', fuse],
    });
    return { ended: once(child, 'exit') };
  } finally {
    closeSync(fuse);
    closeSync(log);
  }
}

function parseLog(log: Buffer): DiskEvent[] {
  const events: DiskEvent[] = [];
  for (let at = 0; at + 16 <= log.length; ) {
    const kind = log.readUInt32LE(at);
    const length = log.readUInt32LE(at + 4);
    const offsetBytes = Number(log.readBigUInt64LE(at + 8));
    at += 16;
    if (kind === 3) events.push({ kind: 'flush' });
    else if (kind === 2) events.push({ kind: 'write', offsetBytes, bytes: Buffer.alloc(length) });
    else {
      events.push({ kind: 'write', offsetBytes, bytes: log.subarray(at, at + length) });
      at += length;
    }
  }
  return events;
}
