import { createHash } from 'node:crypto';
import { type Packet, readPackets } from './packets.ts';

/** One OpenPGP public key with all that belongs to it: names, subkeys, signatures over itself. */
export interface PublicKey {
  /** Of the key's format. gpgv supports only 4, and rejects a whole keyring with a 6 in it. */
  readonly version: number;
  /** RFC 9580 section 9.1: 1 is RSA. */
  readonly algorithm: number;
  readonly madeAt: Date;
  /** In upper case. Of version 4 only, else empty. */
  readonly fingerprint: string;
  /** The first one: `Fedora (46) <fedora-46-primary@fedoraproject.org>`. */
  readonly userId: string;
  /** In binary. */
  readonly bytes: Uint8Array;
}

/** Tags of packets (RFC 9580 section 5). */
const tags = { publicKey: 6, userId: 13 } as const;

/**
 * The public keys in a file, which is binary or has blocks in ASCII armour among other text (RFC
 * 9580 sections 4.2 and 6.2). Empty without any, and where a binary file ends within a packet.
 */
export function readPublicKeys(file: Uint8Array): PublicKey[] {
  if (startsWithPublicKey(file)) return keysIn(file);
  const armour =
    /^-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t]*\r?\n(?:[^\r\n]+\r?\n)*[ \t]*\r?\n([A-Za-z0-9+/=\s]+?)(?:^=[A-Za-z0-9+/]{4}\s*)?^-----END PGP PUBLIC KEY BLOCK-----/gm;
  return [...Buffer.from(file).toString('latin1').matchAll(armour)]
    .map(([, base64 = '']) => Buffer.from(base64, 'base64'))
    .flatMap((block) => (startsWithPublicKey(block) ? keysIn(block) : []));
}

/** Tag 6, in the old format of packet headers or in the new one. */
function startsWithPublicKey([first = 0]: Uint8Array): boolean {
  return (first & 0xfc) === 0x98 || first === 0xc6;
}

function keysIn(bytes: Uint8Array): PublicKey[] {
  const packets = readPackets(bytes);
  const starts = packets.flatMap(({ tag }, index) => (tag === tags.publicKey ? [index] : []));
  return starts.map((start, index) => toKey(packets.slice(start, starts[index + 1]), bytes));
}

function toKey(packets: readonly Packet[], bytes: Uint8Array): PublicKey {
  const [first, last] = [packets[0], packets.at(-1)];
  const body = Buffer.from(first?.body ?? []);
  const version = body[0] ?? 0;
  const name = packets.find(({ tag }) => tag === tags.userId)?.body ?? [];
  return {
    version,
    algorithm: body[5] ?? 0,
    madeAt: new Date((body.length < 5 ? 0 : body.readUInt32BE(1)) * 1000),
    fingerprint: version === 4 ? fingerprint(body) : '',
    userId: Buffer.from(name).toString(),
    bytes: bytes.subarray(first?.start, last?.end),
  };
}

/** RFC 9580 section 5.5.4.2 */
function fingerprint(body: Buffer): string {
  const prefix = Buffer.from([0x99, body.length >> 8, body.length & 0xff]);
  return createHash('sha1').update(prefix).update(body).digest('hex').toUpperCase();
}
