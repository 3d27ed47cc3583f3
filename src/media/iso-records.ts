/** ECMA-119 directory records with the names and modes of Rock Ridge (IEEE P1282), which Linux reads. */

export interface NewRecord {
  /** In capitals, 8.3: for readers without Rock Ridge. */
  readonly shortName: string;
  readonly name: string;
  readonly sector: number;
  readonly sizeBytes: number;
}

/** Sizes have 32 bits. */
export const largestFileBytes = 2 ** 32 - 1;
/** A record has one byte for its length. */
export const longestNameBytes = 120;

const readableFile = 0o100444;

/** A file's record, of the date (7 bytes) that the image has. */
export function isoRecord({ shortName, name, sector, sizeBytes }: NewRecord, date: Uint8Array) {
  const identifier = Buffer.from(`${shortName};1`);
  const fixed = Buffer.alloc(33);
  writeBoth(fixed, 2, sector);
  writeBoth(fixed, 10, sizeBytes);
  fixed.set(date, 18);
  fixed.writeUInt16LE(1, 28);
  fixed.writeUInt16BE(1, 30);
  fixed[32] = identifier.length;
  const padding = Buffer.alloc(1 - (identifier.length % 2));
  const record = Buffer.concat([fixed, identifier, padding, attributes(), alternateName(name)]);
  const even = Buffer.concat([record, Buffer.alloc(record.length % 2)]);
  even[0] = even.length;
  return even;
}

/** PX: mode, links, owner, group. */
function attributes(): Buffer {
  const entry = Buffer.alloc(36);
  entry.write('PX');
  entry.set([36, 1], 2);
  for (const [index, value] of [readableFile, 1, 0, 0].entries())
    writeBoth(entry, 4 + 8 * index, value);
  return entry;
}

/** NM: the name as it is. */
function alternateName(name: string): Buffer {
  const bytes = Buffer.from(name);
  return Buffer.concat([Buffer.from('NM'), Buffer.from([5 + bytes.length, 1, 0]), bytes]);
}

/** Little endian, then big endian. */
export function writeBoth(into: Buffer, at: number, value: number): void {
  into.writeUInt32LE(value, at);
  into.writeUInt32BE(value, at + 4);
}
