/** A part of OpenPGP data (RFC 9580 section 4). */
export interface Packet {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
  readonly body: Uint8Array;
}

/**
 * All packets of binary data; empty when one is incomplete. Partial body lengths are for data, not
 * for keys or signatures.
 */
export function readPackets(bytes: Uint8Array): Packet[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const packets: Packet[] = [];
  for (let start = 0; start < view.length; ) {
    const header = readHeader(view, start);
    const end = header === undefined ? Number.NaN : header.bodyAt + header.bodyBytes;
    if (header === undefined || !(end <= view.length)) return [];
    const body = bytes.subarray(header.bodyAt, end);
    packets.push({ tag: header.tag, start, end, body });
    start = end;
  }
  return packets;
}

interface Header {
  readonly tag: number;
  readonly bodyAt: number;
  readonly bodyBytes: number;
}

/** `bodyBytes` is not a number where the length itself is cut off. */
function readHeader(view: Buffer, start: number): Header | undefined {
  const [first = 0, second = Number.NaN, third = Number.NaN] = view.subarray(start, start + 3);
  const number = (at: number, sizeBytes: number) =>
    at + sizeBytes <= view.length ? view.readUIntBE(at, sizeBytes) : Number.NaN;
  if ((first & 0x80) === 0) return undefined;
  if ((first & 0x40) === 0) {
    const lengthBytes = [1, 2, 4][first & 3];
    if (lengthBytes === undefined) return undefined;
    const bodyAt = start + 1 + lengthBytes;
    return { tag: (first >> 2) & 15, bodyAt, bodyBytes: number(start + 1, lengthBytes) };
  }
  const tag = first & 63;
  if (second < 192) return { tag, bodyAt: start + 2, bodyBytes: second };
  if (second < 224)
    return { tag, bodyAt: start + 3, bodyBytes: (second - 192) * 256 + third + 192 };
  if (second === 255) return { tag, bodyAt: start + 6, bodyBytes: number(start + 2, 4) };
  return undefined;
}
