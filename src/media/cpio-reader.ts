import { DecodeFault } from '../decode/fault.ts';
import { hasBytes } from '../lib/bytes.ts';
import type { ByteReader } from './byte-reader.ts';

/** The format is described in the kernel's Documentation/driver-api/early-userspace/buffer-format.rst. */

export interface CpioMember {
  /** Without `./` or `/` at its beginning. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** Called for each regular file; what it returns gets the content, piece by piece. */
export type VisitMember = (member: CpioMember) => ((bytes: Uint8Array) => void) | undefined;

const headerBytes = 110;
/** With its final NUL; PATH_MAX of Linux. */
const longestNameBytes = 4096;
const fileType = 0o170000;
const regularFile = 0o100000;

/** Whether an archive in the newc format (with or without checksums) begins so. */
export function isCpio(bytes: Uint8Array): boolean {
  return hasBytes(bytes, 0, '070701') || hasBytes(bytes, 0, '070702');
}

/**
 * Reads one archive up to its trailer. `count` is called for each header, also of what is no regular file.
 * Throws `DecodeFault`.
 */
export async function readCpio(
  reader: ByteReader,
  visit: VisitMember,
  count: () => void,
): Promise<void> {
  const startBytes = reader.offsetBytes;
  const align = () => reader.pass((4 - ((reader.offsetBytes - startBytes) % 4)) % 4, () => {});
  for (;;) {
    count();
    const header = parseHeader(await reader.take(headerBytes), reader.offsetBytes);
    const path = nameIn(await reader.take(header.nameBytes));
    // Zeros may follow it, or nothing.
    if (path === 'TRAILER!!!') return;
    await align();
    const isFile = (header.mode & fileType) === regularFile;
    const { sizeBytes } = header;
    const sink = isFile ? visit({ path: path.replace(/^(?:\.?\/)+/, ''), sizeBytes }) : undefined;
    await reader.pass(sizeBytes, sink ?? (() => {}));
    await align();
  }
}

function parseHeader(header: Buffer, endBytes: number) {
  const damaged = (why: string) => new DecodeFault('damaged', why, endBytes - headerBytes);
  if (!isCpio(header)) throw damaged('it is not a cpio archive in the newc format');
  const fields = header.toString('latin1', 6);
  if (!/^[0-9a-fA-F]+$/.test(fields)) throw damaged('a header of the cpio archive is damaged');
  const field = (index: number) => Number.parseInt(fields.slice(index * 8, index * 8 + 8), 16);
  const nameBytes = field(11);
  if (nameBytes === 0 || nameBytes > longestNameBytes)
    throw damaged(`a name in the cpio archive is ${nameBytes} bytes long`);
  return { mode: field(1), sizeBytes: field(6), nameBytes };
}

/** Some archivers pad names with NULs, so that the content is aligned. */
function nameIn(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
