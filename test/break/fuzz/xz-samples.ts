import { execFileSync } from 'node:child_process';
import { crc32 } from 'node:zlib';

/** Small .xz files of every kind, as `xz` makes them. */
export function xzSamples(): Buffer[] {
  const plain = Buffer.from('Some text that compresses, and some more text. '.repeat(40));
  const kinds = [
    ['-0'],
    ['-T2', '--block-size=512', '-0'],
    ['--check=none', '-0'],
    ['--check=sha256', '-0'],
    ['--x86', '--lzma2=preset=0'],
  ];
  const made = kinds.map((args) =>
    execFileSync('/usr/bin/xz', [...args, '--stdout'], { input: plain }),
  );
  const [first = Buffer.alloc(0)] = made;
  return [...made, Buffer.concat([first, Buffer.alloc(8), first])];
}

/** With right sums in its first headers, so that what is behind them is reached. */
export function sealXz(input: Buffer): Buffer {
  const file = Buffer.from(input);
  if (file.length < 16) return file;
  file.writeUInt32LE(crc32(file.subarray(6, 8)), 8);
  const headerBytes = (file.readUInt8(12) + 1) * 4;
  const end = 12 + headerBytes;
  if (end <= file.length) file.writeUInt32LE(crc32(file.subarray(12, end - 4)), end - 4);
  return file;
}
