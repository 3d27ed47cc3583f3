import { crc32 } from 'node:zlib';
import type { Grammar } from '../byte-walker.ts';
import { DecodeFault } from '../fault.ts';
import { RecordList } from './index-records.ts';
import { vliSteps } from './vli.ts';

/**
 * Reads an index after its first byte and compares it with the blocks that were there (section
 * 4). Returns the index's size.
 */
export function* indexAfter(blocks: RecordList): Grammar<number> {
  const checksum = new Checksum();
  checksum.add(0);
  if ((yield* vli(checksum)) !== blocks.count) throw contradiction();
  const records = new RecordList();
  while (records.count < blocks.count) {
    const unpaddedSizeBytes = yield* vli(checksum);
    records.add({ unpaddedSizeBytes, uncompressedSizeBytes: yield* vli(checksum) });
  }
  if (records.digest() !== blocks.digest()) throw contradiction();
  while (checksum.sizeBytes % 4 !== 0) {
    const byte = (yield { take: 1 })[0] as number;
    if (byte !== 0) throw new DecodeFault('damaged', "the index's padding is not zero");
    checksum.add(byte);
  }
  const stored = yield { take: 4 };
  if (new DataView(stored.buffer, stored.byteOffset).getUint32(0, true) !== checksum.value())
    throw new DecodeFault('damaged', "the index's checksum is wrong");
  return checksum.sizeBytes + 4;
}

function* vli(checksum: Checksum): Grammar<number> {
  const step = vliSteps();
  for (;;) {
    const byte = (yield { take: 1 })[0] as number;
    checksum.add(byte);
    const value = step(byte);
    if (value !== undefined) return value;
  }
}

const contradiction = () => new DecodeFault('damaged', 'the index contradicts the blocks');

/** CRC32 of single bytes, taken many at a time. */
class Checksum {
  sizeBytes = 0;
  readonly #pending = new Uint8Array(4096);
  #used = 0;
  #crc = 0;

  add(byte: number): void {
    this.#pending[this.#used++] = byte;
    this.sizeBytes += 1;
    if (this.#used === this.#pending.length) this.#flush();
  }

  value(): number {
    this.#flush();
    return this.#crc;
  }

  #flush(): void {
    // Node's crc32 of nothing is 0, whatever came before.
    if (this.#used > 0) this.#crc = crc32(this.#pending.subarray(0, this.#used), this.#crc);
    this.#used = 0;
  }
}
