import { type Packet, readPackets } from './packets.ts';

/** RFC 9580 section 5 */
const signatureTag = 2;
/** Of the format of signatures. */
const newestForGpgv = 5;

/** The signatures in a file, binary or armoured; empty where anything else is in it, too. */
export function readSignatures(file: Uint8Array): readonly Packet[] {
  const packets = readPackets(inBinary(file));
  return packets.every(({ tag }) => tag === signatureTag) ? packets : [];
}

/**
 * A signature file without those signatures that are too new for gpgv: it would take the whole file for
 * damaged. They are like signatures by unknown keys. Where that would leave none, the file as it is.
 */
export function forGpgv(file: Uint8Array): Uint8Array {
  const all = readSignatures(file);
  const usable = all.filter(({ body }) => (body[0] ?? 0) <= newestForGpgv);
  if (usable.length === 0 || usable.length === all.length) return file;
  const binary = inBinary(file);
  return Buffer.concat(usable.map(({ start, end }) => binary.subarray(start, end)));
}

const begin = '-----BEGIN PGP SIGNATURE-----';
const end = '-----END PGP SIGNATURE-----';

/** RFC 9580 section 6.2: header lines, an empty one, base64, a checksum. Only where that is all of the file. */
function inBinary(file: Uint8Array): Uint8Array {
  const text = Buffer.from(file).toString('latin1').trim();
  if (!text.startsWith(begin) || !text.endsWith(end)) return file;
  const lines = text.split('\n').map((line) => line.trim());
  const base64 = lines.slice(lines.indexOf('') + 1, -1).filter((line) => !line.startsWith('='));
  return Buffer.from(base64.join(''), 'base64');
}
