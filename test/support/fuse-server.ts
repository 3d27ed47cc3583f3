import { appendFileSync, readFileSync, readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import type { FaultyDiskOptions } from './faulty-disk.ts';
import { oldBytes } from './old-bytes.ts';

/**
 * Serves one file by the FUSE protocol (version 7.31, include/uapi/linux/fuse.h), whose bytes are
 * in memory: the medium of a faulty disk. In its own process, so that ending it releases every process
 * that waits for it. Descriptor 3 is the opened /dev/fuse, 4 receives the log.
 */
const device = 3;
const log = 4;

const options = JSON.parse(process.argv[2] ?? '') as FaultyDiskOptions;
const { sizeBytes, content = 'old' } = options;
const medium = content === 'old' ? oldBytes(0, sizeBytes) : Buffer.alloc(sizeBytes);
if (options.contentPath) readFileSync(options.contentPath).copy(medium);

const opcode = {
  forget: 2,
  getattr: 3,
  setattr: 4,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  release: 18,
  fsync: 20,
  flush: 25,
  init: 26,
  interrupt: 36,
  batchForget: 42,
  fallocate: 43,
} as const;

const inHeaderBytes = 40;
const outHeaderBytes = 16;
const maxWriteBytes = 1024 * 1024;
const request = Buffer.alloc(maxWriteBytes + 64 * 1024);
const nothing = Buffer.alloc(0);
const { EIO, ENOSYS } = constants.errno;

function touches(ranges: FaultyDiskOptions['failing'], offset: number, length: number): boolean {
  return (ranges ?? []).some(
    ({ startBytes, endBytes }) => offset < endBytes && startBytes < offset + length,
  );
}

/** Kind (1 write, 2 zeros, 3 flush), length, offset, and for a write its bytes. */
function note(kind: number, offset = 0, length = 0, bytes: Uint8Array = nothing): void {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(kind, 0);
  head.writeUInt32LE(length, 4);
  head.writeBigUInt64LE(BigInt(offset), 8);
  appendFileSync(log, Buffer.concat([head, bytes]));
}

function attributes(): Buffer {
  const reply = Buffer.alloc(104);
  const attr = reply.subarray(16);
  attr.writeBigUInt64LE(1n, 0);
  attr.writeBigUInt64LE(BigInt(options.claimedBytes ?? options.sizeBytes), 8);
  attr.writeUInt32LE(0o100600, 60);
  attr.writeUInt32LE(1, 64);
  attr.writeUInt32LE(4096, 80);
  return reply;
}

function initial(): Buffer {
  const bigWrites = 1 << 5;
  const maxPages = 1 << 22;
  const reply = Buffer.alloc(64);
  reply.writeUInt32LE(7, 0);
  reply.writeUInt32LE(31, 4);
  reply.writeUInt32LE(bigWrites | maxPages, 12);
  reply.writeUInt32LE(maxWriteBytes, 20);
  reply.writeUInt16LE(maxWriteBytes / 4096, 28);
  return reply;
}

function opened(): Buffer {
  const directIo = 1;
  const reply = Buffer.alloc(16);
  reply.writeUInt32LE(directIo, 8);
  return reply;
}

function read(offset: number, length: number): Buffer | number {
  if (touches(options.failing, offset, length) || offset >= medium.length) return -EIO;
  return medium.subarray(offset, offset + length);
}

let writtenBytes = 0;

function refuses(offset: number, length: number): boolean {
  writtenBytes += length;
  return (
    touches(options.failing, offset, length) ||
    offset + length > medium.length ||
    writtenBytes > (options.failsAfterBytes ?? Number.POSITIVE_INFINITY)
  );
}

function write(offset: number, bytes: Buffer): Buffer | number {
  if (refuses(offset, bytes.length)) return -EIO;
  const taken = withoutLies(offset, bytes);
  taken.copy(medium, offset);
  note(1, offset, taken.length, taken);
  const reply = Buffer.alloc(8);
  reply.writeUInt32LE(bytes.length, 0);
  return reply;
}

function zero(offset: number, length: number): Buffer | number {
  if (options.zeroing === 'fails' || refuses(offset, length)) return -EIO;
  if (touches(options.lying, offset, length)) {
    const taken = withoutLies(offset, Buffer.alloc(length));
    taken.copy(medium, offset);
    note(1, offset, length, taken);
  } else {
    medium.fill(0, offset, offset + length);
    note(2, offset, length);
  }
  return nothing;
}

/** In these ranges the medium keeps its old content. */
function withoutLies(offset: number, bytes: Buffer): Buffer {
  if (!touches(options.lying, offset, bytes.length)) return bytes;
  const taken = Buffer.from(bytes);
  for (const { startBytes, endBytes } of options.lying ?? []) {
    const start = Math.max(startBytes, offset);
    const end = Math.min(endBytes, offset + bytes.length);
    if (start < end) medium.copy(taken, start - offset, start, end);
  }
  return taken;
}

/** A loop device zeroes ranges where it knows the size of the blocks of what is behind it. */
function statistics(): Buffer | number {
  if (options.zeroing === undefined) return -ENOSYS;
  const reply = Buffer.alloc(80);
  reply.writeUInt32LE(4096, 40);
  reply.writeUInt32LE(255, 44);
  return reply;
}

let flushes = 0;

function flush(): Buffer | number {
  const { failingFlushes } = options;
  const number = flushes++;
  if (failingFlushes) {
    const { from, count, code } = failingFlushes;
    if (number >= from && number < from + count) return -constants.errno[code];
  }
  note(3);
  return nothing;
}

/** The reply's body, a negative error number, or undefined where no reply is due. */
function answer(operation: number, body: Buffer): Buffer | number | undefined {
  const place = () => Number(body.readBigUInt64LE(8));
  switch (operation) {
    case opcode.init:
      return initial();
    case opcode.getattr:
    case opcode.setattr:
      return attributes();
    case opcode.open:
      return opened();
    case opcode.statfs:
      return statistics();
    case opcode.read:
      return read(place(), body.readUInt32LE(16));
    case opcode.write:
      return write(place(), body.subarray(40, 40 + body.readUInt32LE(16)));
    case opcode.fallocate:
      return zero(place(), Number(body.readBigUInt64LE(16)));
    case opcode.fsync:
      return flush();
    case opcode.flush:
      return options.failingClose ? -EIO : nothing;
    case opcode.release:
      return nothing;
    case opcode.forget:
    case opcode.batchForget:
    case opcode.interrupt:
      return undefined;
    default:
      return -ENOSYS;
  }
}

function nextRequest(): number {
  try {
    return readSync(device, request);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENODEV') return 0;
    // Not mounted yet, if mounting takes longer than the start of this process: there is no event for it.
    if (code === 'EPERM') {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      return -1;
    }
    if (code === 'EINTR' || code === 'EAGAIN' || code === 'ENOENT') return -1;
    throw error;
  }
}

for (let length = nextRequest(); length !== 0; length = nextRequest()) {
  if (length < 0) continue;
  const result = answer(request.readUInt32LE(4), request.subarray(inHeaderBytes, length));
  if (result === undefined) continue;
  const body = typeof result === 'number' ? nothing : result;
  const head = Buffer.alloc(outHeaderBytes);
  head.writeUInt32LE(outHeaderBytes + body.length, 0);
  head.writeInt32LE(typeof result === 'number' ? result : 0, 4);
  request.copy(head, 8, 8, 16);
  writeSync(device, Buffer.concat([head, body]));
}
