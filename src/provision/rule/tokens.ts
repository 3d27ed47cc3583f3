import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Of our own: an install id can be computed again from a machine's line when the database is lost. */
const namespace = Buffer.from('6f2c3ad0a9c94d0e8d4f0b7c1f5e9a42', 'hex');

/**
 * The same for every attempt at one generation of a machine, whatever server asks: the installer
 * leaves it on the disk, and does not write over the same one. UUID of version 5 (RFC 9562, 5.5).
 */
export function installId(machine: string, generation: number): string {
  const bytes = createHash('sha1')
    .update(namespace)
    .update(`${machine}/${generation}`)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** For a config. Reports have no such limit: the result of a slow installation is a result. */
export const tokenLivesMs = 3_600_000;

/** 32 random bytes in 43 characters that need no escaping in a URL. */
export const newToken = () => randomBytes(32).toString('base64url');

/**
 * What is stored of a token. One round of SHA-256 without salt is right for 256 random bits: there is
 * no dictionary to try, which is what slow hashes and salts make expensive for passwords.
 */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

export function isToken(token: string, sha256: Buffer): boolean {
  return timingSafeEqual(hashToken(token), sha256);
}
