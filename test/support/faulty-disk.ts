import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteRange } from './installed-disk.ts';
import { loopDevice } from './loop-device.ts';

export interface FaultyDiskOptions {
  readonly sizeBytes: number;
  /** The size that it reports; past the real one there are input/output errors. */
  readonly claimedBytes?: number;
  /** A file with its initial content; otherwise, and after its end, old bytes or zeros. */
  readonly contentPath?: string;
  readonly content?: 'old' | 'zeros';
  /** Reading and writing here is an input/output error. */
  readonly failing?: readonly ByteRange[];
  /** After this number of bytes every write is an input/output error. */
  readonly failsAfterBytes?: number;
  /** Writes here succeed, but have no effect. */
  readonly lying?: readonly ByteRange[];
  /** The flushes that fail, counted from 0: what was written may or may not be stored. */
  readonly failingFlushes?: {
    readonly from: number;
    readonly count: number;
    readonly code: ErrorCode;
  };
  /** Whether it supports zeroing ranges by itself, and whether that works or fails. */
  readonly zeroing?: 'works' | 'fails';
  /** Closing it is an input/output error, as on a network file system that was full in between. */
  readonly failingClose?: boolean;
}

type ErrorCode = 'EIO' | 'ENOSPC';

/** A request to a disk. */
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
 * A block device with specified faults, which records all requests: a loop device on a file that a
 * process of ours serves (FUSE). There is no page cache: reads return what the medium contains, and every
 * flush is seen.
 */
export async function faultyDisk(options: FaultyDiskOptions): Promise<FaultyDisk> {
  await using cleanup = new AsyncDisposableStack();
  const file = cleanup.use(await faultyFile(options));
  const sizeBytes = options.claimedBytes ?? options.sizeBytes;
  const device = cleanup.use(await loopDevice({ sizeBytes, backingFile: file.path }));
  // Only requested ranges fail, not what the kernel reads ahead.
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
    // Another process may still have the loop device open: it is removed when that ends, then the server.
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
