import { InputError } from '../lib/errors.ts';
import { describeForeign, look } from './foreign-data.ts';
import { compressedFormat, type ImageFormat } from './image-format.ts';

export { describeForeign } from './foreign-data.ts';
export type { ImageFormat } from './image-format.ts';
export { sizeHint } from './image-format.ts';

const empty = { code: 'image-empty', why: 'it is empty', next: look } as const;

/**
 * Recognises the format by the file's first bytes: 6 are enough for what is compressed, the first
 * 64 KiB for everything else. Name and Content-Type are not reliable. Throws `InputError` for what
 * is known not to be a disk image.
 */
export function detectFormat(firstBytes: Uint8Array, name: string): ImageFormat {
  const format = compressedFormat(firstBytes);
  if (format !== undefined) return format;
  const reason = firstBytes.length === 0 ? empty : describeForeign(firstBytes);
  if (reason === undefined) return 'raw';
  throw new InputError({ failed: `Cannot install ${name}`, ...reason });
}
