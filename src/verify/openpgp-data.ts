/** The packet types that OpenPGP data begin with (RFC 9580 section 5). */
const packetTypes = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18, 20]);

/**
 * Whether these bytes may be OpenPGP data at all, sound or not: a packet's header (section 4.2), or
 * armour (section 6.2), which may have any text before it.
 */
export function isOpenPgpData(bytes: Uint8Array): boolean {
  const [first = 0] = bytes;
  const isNewFormat = (first & 0x40) !== 0;
  const type = isNewFormat ? first & 0x3f : (first & 0x3f) >> 2;
  if ((first & 0x80) !== 0 && packetTypes.has(type)) return true;
  return /^-----BEGIN PGP /m.test(Buffer.from(bytes).toString('latin1'));
}
