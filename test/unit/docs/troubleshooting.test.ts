import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPage } from '../../support/pages.ts';

test('the command for a BIOS that wants an active partition sets that flag, and nothing else', () => {
  const [, command = ''] = /^ +(printf .*seek=446.*)$/m.exec(readPage('troubleshooting.md')) ?? [];
  const directory = mkdtempSync(join(tmpdir(), 'troubleshooting-'));
  try {
    const disk = join(directory, 'disk');
    const before = Buffer.alloc(2048, 0x5a);
    writeFileSync(disk, before);
    const onFile = command.replace('/dev/sda', disk);
    expect(onFile).toContain(disk);
    execFileSync('sh', ['-euc', onFile], { stdio: 'pipe' });
    // The status of the first entry of an MBR.
    before[446] = 0x80;
    expect(readFileSync(disk).equals(before)).toBe(true);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
