import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLogFile } from '../../../../src/ui/log/log-file.ts';
import { partialIo } from '../../../support/partial-io.ts';

test('a disk that takes a line in parts gets all of it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'log-'));
  try {
    const path = join(directory, 'log');
    const troubles: string[] = [];
    using parts = partialIo(() => 7);
    using log = openLogFile(path, (text) => troubles.push(text));
    log.write('ünder way: the first line');
    log.write('the second');
    expect(readFileSync(path, 'utf8')).toBe('ünder way: the first line\nthe second\n');
    expect(parts.shortened).toBeGreaterThan(2);
    expect(troubles).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
