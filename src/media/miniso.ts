import * as v from 'valibot';
import { hasBytes } from '../lib/bytes.ts';
import type { IsoFileSystem } from './iso9660.ts';
import { damaged, lacksMinimal } from './medium-error.ts';

/** How a minimal ISO is made of a full one. The format is bincode's, with variable-length integers. */
export interface MinimalRecipe {
  /** Where files of the minimal ISO are in the full one, in the order of the minimal one. */
  readonly copies: readonly Copy[];
  /** Of the result. */
  readonly sha256: string;
  /** What is between these files and after them, as one .xz stream. */
  readonly rest: Uint8Array;
}

export interface Copy {
  readonly minimalStartBytes: number;
  readonly fullStartBytes: number;
  readonly sizeBytes: number;
}

const limitBytes = 1024 * 1024;
const sectorBytes = 2048;

/** Reads the recipe of an image. Throws `InputError` where it has none, or a damaged one. */
export async function readRecipe(fs: IsoFileSystem, name: string): Promise<MinimalRecipe> {
  const file = await fs.find('COREOS/MINISO.DAT');
  if (file === undefined) throw lacksMinimal(name, 'there is no COREOS/MINISO.DAT in it');
  return parseRecipe(await fs.read(file, limitBytes), fs.sizeBytes, name);
}

/** The same of the file's content, for a full image of this size. */
export function parseRecipe(bytes: Buffer, isoBytes: number, name: string): MinimalRecipe {
  const wrong = (why: string) => damaged(name, `COREOS/MINISO.DAT in it is damaged: ${why}`);
  if (!hasBytes(bytes, 0, 'MINISO\0\0')) throw wrong('it does not begin with its magic number');
  const reader = new Fields(bytes.subarray(8), wrong);
  const version = reader.number();
  if (version !== 1) throw lacksMinimal(name, `its format has version ${version}, not 1`);
  // The version of the program that made it.
  reader.bytes(reader.number());
  const copies: Copy[] = [];
  let endBytes = 0;
  for (let left = reader.number(); left > 0; left -= 1) {
    const minimalStartBytes = reader.number() * sectorBytes;
    const fullStartBytes = reader.number() * sectorBytes;
    const sizeBytes = reader.number();
    if (minimalStartBytes < endBytes || fullStartBytes + sizeBytes > isoBytes)
      throw wrong('a file in it has no place');
    endBytes = minimalStartBytes + sizeBytes;
    copies.push({ minimalStartBytes, fullStartBytes, sizeBytes });
  }
  if (endBytes > isoBytes) throw wrong('its result is larger than the image');
  const sha256 = reader.bytes(32).toString('hex');
  return { copies, sha256, rest: reader.bytes(reader.number()) };
}

/** Where the numbers that follow a first byte are longer. */
const widths = new Map([
  [251, 2],
  [252, 4],
  [253, 8],
]);

class Fields {
  readonly #bytes: Buffer;
  readonly #wrong: (why: string) => Error;
  #at = 0;

  constructor(bytes: Buffer, wrong: (why: string) => Error) {
    this.#bytes = bytes;
    this.#wrong = wrong;
  }

  number(): number {
    const first = this.bytes(1)[0] as number;
    if (first < 251) return first;
    const width = widths.get(first);
    if (width === undefined) throw this.#wrong('a number in it is too large');
    const bytes = this.bytes(width);
    const value = width === 8 ? Number(bytes.readBigUInt64LE()) : bytes.readUIntLE(0, width);
    if (value > 2 ** 42) throw this.#wrong('a number in it is too large');
    return value;
  }

  bytes(length: number): Buffer {
    const found = this.#bytes.subarray(this.#at, this.#at + length);
    if (found.length < length) throw this.#wrong('it is incomplete');
    this.#at += length;
    return found;
  }
}

/** The text of `COREOS/KARGS.JSO` with other default arguments, as long as before. */
export function withDefaultKargs(json: string, kargs: string, name: string): Buffer {
  const parsed = v.safeParse(v.looseObject({ default: v.string() }), JSON.parse(json));
  if (!parsed.success) throw damaged(name, 'COREOS/KARGS.JSO in it is invalid');
  const text = `${JSON.stringify({ ...parsed.output, default: kargs }, undefined, 2)}\n`;
  const bytes = Buffer.alloc(Buffer.byteLength(json), ' ');
  if (Buffer.byteLength(text) > bytes.length)
    throw damaged(name, 'there is no room for other default arguments in COREOS/KARGS.JSO');
  bytes.write(text);
  return bytes;
}
