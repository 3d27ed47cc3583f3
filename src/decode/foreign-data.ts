import { hasBytes } from '../lib/bytes.ts';
import type { Reason } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import { compressedFormat } from './image-format.ts';

interface Foreign extends What {
  readonly offsetBytes: number;
  readonly bytes: string;
}

/** `why` is a clause: `it is an ISO image`. */
type What = Reason<FailureCode<'input'>>;

const recompress = 'Decompress it, and compress it again with xz, gzip or zstd.';
const unpack = 'Unpack it, and give the disk image that is in it.';
const convert = 'Give the metal image, or convert this one with qemu-img convert -O raw.';
export const look = 'Check the URL: open it in a browser to see what the server answers.';

const signatures: readonly Foreign[] = [
  {
    offsetBytes: 32769,
    bytes: 'CD001',
    code: 'image-is-iso',
    why: 'it is an ISO image, made for a CD or a USB stick',
    next: 'Give the metal image (…-metal.x86_64.raw.xz) instead.',
  },
  {
    offsetBytes: 0,
    bytes: 'BZh',
    code: 'image-format-unsupported',
    why: 'it is compressed with bzip2',
    next: recompress,
  },
  {
    offsetBytes: 0,
    bytes: '\x04\x22\x4d\x18',
    code: 'image-format-unsupported',
    why: 'it is compressed with lz4',
    next: recompress,
  },
  {
    offsetBytes: 0,
    bytes: 'LZIP',
    code: 'image-format-unsupported',
    why: 'it is compressed with lzip',
    next: recompress,
  },
  {
    offsetBytes: 0,
    bytes: 'PK\x03\x04',
    code: 'image-format-unsupported',
    why: 'it is a zip archive',
    next: unpack,
  },
  {
    offsetBytes: 0,
    bytes: '7z\xbc\xaf\x27\x1c',
    code: 'image-format-unsupported',
    why: 'it is a 7z archive',
    next: unpack,
  },
  {
    offsetBytes: 257,
    bytes: 'ustar',
    code: 'image-format-unsupported',
    why: 'it is a tar archive',
    next: unpack,
  },
  {
    offsetBytes: 0,
    bytes: 'QFI\xfb',
    code: 'image-format-unsupported',
    why: 'it is a qcow2 image, made for virtual machines',
    next: convert,
  },
  {
    offsetBytes: 0,
    bytes: 'KDMV',
    code: 'image-format-unsupported',
    why: 'it is a VMDK image, made for virtual machines',
    next: convert,
  },
  {
    offsetBytes: 0,
    bytes: '# Disk DescriptorFile',
    code: 'image-format-unsupported',
    why: 'it is the descriptor file of a VMDK image, made for virtual machines',
    next: convert,
  },
  {
    offsetBytes: 0,
    bytes: 'vhdxfile',
    code: 'image-format-unsupported',
    why: 'it is a VHDX image, made for virtual machines',
    next: convert,
  },
];

/**
 * What these first bytes (64 KiB show everything that is known) are instead of a disk image, as a
 * reason; undefined when it may be one. What was compressed twice counts as foreign.
 */
export function describeForeign(bytes: Uint8Array): What | undefined {
  const format = compressedFormat(bytes);
  if (format !== undefined)
    return {
      code: 'image-compressed-twice',
      why: `it is compressed twice: the data inside is compressed again with ${format}`,
      next: 'Decompress it once, and give the result.',
    };
  if (isMarkup(bytes))
    return { code: 'image-is-web-page', why: 'it is a web page, not a disk image', next: look };
  if (isLzmaAlone(bytes))
    return {
      code: 'image-format-unsupported',
      why: 'it is compressed in the old lzma format',
      next: recompress,
    };
  return signatures.find((one) => hasBytes(bytes, one.offsetBytes, one.bytes));
}

/** HTML, or the XML with which object stores report errors. */
export function isMarkup(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.subarray(0, 512))
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  return /^\s*<(!doctype|!--|\?xml|html|head|body|title|error)/i.test(text);
}

/** Properties of every lzma preset, a power of two as dictionary, and a size or none. */
function isLzmaAlone(bytes: Uint8Array): boolean {
  if (bytes.length < 13 || bytes[0] !== 0x5d) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 13);
  const dictionaryBytes = view.getUint32(1, true);
  const sizeBytes = view.getBigUint64(5, true);
  const isPowerOfTwo = (dictionaryBytes & (dictionaryBytes - 1)) === 0 && dictionaryBytes >= 4096;
  return isPowerOfTwo && (sizeBytes === 2n ** 64n - 1n || sizeBytes < 2n ** 40n);
}
