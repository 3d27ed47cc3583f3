import type { Grammar } from './byte-walker.ts';
import { DecodeFault } from './fault.ts';

/** Section numbers are those of RFC 8878. */

export interface ZstdFrameHeader {
  /** Memory that the decoder needs for it. */
  readonly windowBytes: number;
  readonly contentBytes: number | undefined;
  readonly hasChecksum: boolean;
  readonly needsDictionary: boolean;
}

export interface ZstdVisitor {
  frameStart(header: ZstdFrameHeader): void;
  /** Every byte of a frame, in order. */
  frameBytes(bytes: Uint8Array): void;
}

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;

const viewOf = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Frames one after the other, skippable ones left out (section 3.1). */
export function* zstdFile(visitor: ZstdVisitor): Grammar<never> {
  for (;;) {
    const magic = viewOf(yield { take: 4, mayEnd: true }).getUint32(0, true);
    // The low four bits of a skippable frame's magic number are the user's.
    if (magic - (magic & 0x0f) === skippableMagic)
      yield { skip: viewOf(yield { take: 4 }).getUint32(0, true) };
    else if (magic === frameMagic) yield* frame(visitor);
    else throw new DecodeFault('damaged', 'what follows is not a zstd frame');
  }
}

function* frame(visitor: ZstdVisitor): Grammar<void> {
  const descriptor = (yield { take: 1 })[0] as number;
  const bytes = new Uint8Array(5 + fieldsBytes(descriptor));
  viewOf(bytes).setUint32(0, frameMagic, true);
  bytes[4] = descriptor;
  bytes.set(yield { take: bytes.length - 5 }, 5);
  const header = parseFrameHeader(bytes) as ZstdFrameHeader;
  visitor.frameStart(header);
  visitor.frameBytes(bytes);
  for (let last = false; !last; ) {
    const head = yield { take: 3 };
    visitor.frameBytes(head);
    const [low, middle, high] = head as unknown as [number, number, number];
    const value = low | (middle << 8) | (high << 16);
    last = (value & 1) === 1;
    const isRunLength = ((value >> 1) & 3) === 1;
    yield { pass: isRunLength ? 1 : value >> 3 };
  }
  if (header.hasChecksum) yield { pass: 4 };
}

/** Bytes of the frame header after its descriptor (section 3.1.1.1). */
function fieldsBytes(descriptor: number): number {
  return windowBytes(descriptor) + dictionaryIdBytes(descriptor) + contentSizeBytes(descriptor);
}

const isSingleSegment = (descriptor: number) => (descriptor & 0x20) !== 0;
const windowBytes = (descriptor: number) => (isSingleSegment(descriptor) ? 0 : 1);
const dictionaryIdBytes = (descriptor: number) => [0, 1, 2, 4][descriptor & 3] as number;
const contentSizeBytes = (descriptor: number) =>
  [isSingleSegment(descriptor) ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;

/** The header at the beginning of `bytes`, magic number included; undefined if it is not there. */
export function parseFrameHeader(bytes: Uint8Array): ZstdFrameHeader | undefined {
  const descriptor = bytes[4];
  if (descriptor === undefined || bytes.length < 5 + fieldsBytes(descriptor)) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== frameMagic) return undefined;
  let at = 5 + windowBytes(descriptor);
  const idBytes = dictionaryIdBytes(descriptor);
  const needsDictionary = bytes.subarray(at, at + idBytes).some((byte) => byte !== 0);
  at += idBytes;
  const contentBytes = readContentSize(view, at, contentSizeBytes(descriptor));
  return {
    windowBytes: isSingleSegment(descriptor)
      ? (contentBytes as number)
      : windowSize(bytes[5] as number),
    contentBytes,
    hasChecksum: (descriptor & 4) !== 0,
    needsDictionary,
  };
}

/** Section 3.1.1.1.2. */
function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Section 3.1.1.1.4: two bytes count from 256. */
function readContentSize(view: DataView, at: number, bytes: number): number | undefined {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  return bytes === 8 ? Number(view.getBigUint64(at, true)) : undefined;
}
