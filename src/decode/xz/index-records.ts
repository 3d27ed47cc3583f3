import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { writeVli } from './vli.ts';
import { footerBytes } from './xz-headers.ts';

/** What the index says of one block (section 4.3). */
export interface BlockRecord {
  /** Header, compressed data and check, without the padding between the last two. */
  readonly unpaddedSizeBytes: number;
  readonly uncompressedSizeBytes: number;
}

/**
 * A list of records, kept as a count and a digest, so that a file with a billion blocks needs no
 * more memory than one with a single block. Two lists with the same digest are the same.
 */
export class RecordList {
  count = 0;
  /** What the records take in an index. */
  sizeBytes = 0;
  readonly #hash = createHash('sha256');
  readonly #pending = new Uint8Array(4096);
  #used = 0;

  add({ unpaddedSizeBytes, uncompressedSizeBytes }: BlockRecord): void {
    if (this.#used > this.#pending.length - 20) this.#flush();
    const before = this.#used;
    this.#used = writeVli(unpaddedSizeBytes, this.#pending, this.#used);
    this.#used = writeVli(uncompressedSizeBytes, this.#pending, this.#used);
    this.sizeBytes += this.#used - before;
    this.count += 1;
  }

  digest(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #flush(): void {
    this.#hash.update(this.#pending.subarray(0, this.#used));
    this.#used = 0;
  }
}

/** An index of these records and the footer that goes with it (sections 4 and 2.1.2). */
export function indexAndFooter(records: readonly BlockRecord[], checkId: number): Uint8Array {
  const bytes = new Uint8Array(10 + records.length * 18 + 7 + footerBytes);
  const view = new DataView(bytes.buffer);
  let at = writeVli(records.length, bytes, 1);
  for (const record of records) {
    at = writeVli(record.unpaddedSizeBytes, bytes, at);
    at = writeVli(record.uncompressedSizeBytes, bytes, at);
  }
  at += -at & 3;
  view.setUint32(at, crc32(bytes.subarray(0, at)), true);
  at += 4;
  view.setUint32(at + 4, at / 4 - 1, true);
  bytes.set([0, checkId, 0x59, 0x5a], at + 8);
  view.setUint32(at, crc32(bytes.subarray(at + 4, at + 10)), true);
  return bytes.subarray(0, at + footerBytes);
}
