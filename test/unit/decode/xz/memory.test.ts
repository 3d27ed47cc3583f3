import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { pipe } from './helpers.ts';

const directory = mkdtempSync(join(tmpdir(), 'decoder-memory-'));
afterAll(() => rmSync(directory, { recursive: true }));

const zeros = Buffer.alloc(160 * 1024 * 1024);
const program = join(import.meta.dirname, 'decode-file.ts');

function measure(file: Uint8Array, jobs: number, format: string) {
  const path = join(directory, `image-${jobs}.${format}`);
  writeFileSync(path, file);
  const output = pipe(process.execPath, [program, path, String(jobs), format], Buffer.alloc(0));
  return JSON.parse(output.toString()) as { sizeBytes: number; peakMebibytes: number };
}

describe('160 MiB of zeros, compressed to almost nothing, take little memory', () => {
  const compressors: [string, number, string, string[]][] = [
    ['xz', 1, 'xz', ['-0', '-c']],
    ['xz', 3, 'xz', ['-0', '-c', '-T2', '--block-size=32MiB']],
    ['gzip', 1, 'gzip', ['-1', '-c']],
    ['zstd', 1, 'zstd', ['-1', '-c']],
  ];
  for (const [format, jobs, command, args] of compressors)
    it(`${format}, jobs: ${jobs}`, () => {
      const { sizeBytes, peakMebibytes } = measure(pipe(command, args, zeros), jobs, format);
      expect(sizeBytes).toBe(zeros.length);
      expect(peakMebibytes).toBeLessThan(180);
    });
});
