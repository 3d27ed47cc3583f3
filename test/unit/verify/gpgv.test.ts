import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toolDirectories } from '../../../src/system/tools.ts';
import { Gpgv } from '../../../src/verify/gpgv.ts';
import { never } from '../../support/read.ts';

test('a gpgv that is slower than the download is waited for', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'slow-gpgv-'));
  await writeFile(join(directory.path, 'gpgv'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
  const directories = toolDirectories as string[];
  directories.unshift(directory.path);
  try {
    const plan = {
      name: 'x.sig',
      bytes: Buffer.alloc(1),
      keyring: { name: 'x', bytes: Buffer.alloc(1) },
    };
    await using gpgv = await Gpgv.start(plan, never);
    let isTaken = false;
    // More than a pipe holds.
    const taking = gpgv.update(Buffer.alloc(2 * 1024 * 1024)).then(() => {
      isTaken = true;
    });
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    expect(isTaken).toBe(false);
    await gpgv[Symbol.asyncDispose]();
    await taking;
  } finally {
    directories.shift();
  }
});
