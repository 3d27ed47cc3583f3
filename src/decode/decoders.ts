import type { Decoder } from './decoder.ts';
import { decodeGzip } from './gzip.ts';
import type { ImageFormat } from './image-format.ts';
import { decodeRaw } from './raw.ts';
import { decodeXz } from './xz/xz-decoder.ts';
import { decodeZstd } from './zstd.ts';

const decoders: Record<ImageFormat, Decoder> = {
  raw: decodeRaw,
  xz: decodeXz,
  gzip: decodeGzip,
  zstd: decodeZstd,
};

export function decoderFor(format: ImageFormat): Decoder {
  return decoders[format];
}
