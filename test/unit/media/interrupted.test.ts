import { once } from 'node:events';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCpio } from '../../../src/media/cpio.ts';
import { compress, realIso } from '../../support/live-iso.ts';

const main = join(import.meta.dirname, '../../../src/main.ts');

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'interrupted-'));
  const iso = realIso('2023-03.x86_64', directory);
  copyFileSync(iso, join(directory, 'large.iso'));
  rmSync(iso);
  // A hole, which takes a while to be copied.
  truncateSync(join(directory, 'large.iso'), 8 * 1024 ** 3);
});
afterAll(() => rmSync(directory, { recursive: true }));

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while an image is copied leaves nothing',
  async (signal) => {
    const seen = Promise.withResolvers<void>();
    using _ = closing(
      watch(directory, (_, name) => name?.startsWith('.new.iso.') && seen.resolve()),
    );
    const args = ['iso', 'customize', '--dest-device', '/dev/vda', '-o', 'new.iso', 'large.iso'];
    const run = execa(process.execPath, [main, ...args], { cwd: directory, reject: false });
    await Promise.race([seen.promise, run]);
    run.kill(signal);
    const { exitCode, stderr } = await run;
    expect(exitCode).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(stderr).toContain(`Interrupted by ${signal}. [interrupted]`);
    expect(readdirSync(directory)).toEqual(['large.iso']);
  },
);

test.each([
  ['iso', 'ignition', 'embed', 'small.iso'],
  ['pxe', 'ignition', 'wrap', '-o', 'archive'],
  ['pxe', 'ignition', 'unwrap', '-'],
  ['dev', 'show', 'initrd', '-'],
])('%s %s %s ends while standard input is open, and changes nothing', async (...args) => {
  const place = mkdtempSync(join(tmpdir(), 'interrupted-input-'));
  try {
    const iso = realIso('2023-03.x86_64', place);
    copyFileSync(iso, join(place, 'small.iso'));
    rmSync(iso);
    const before = readFileSync(join(place, 'small.iso'));
    const run = execa(process.execPath, [main, ...args], {
      ...{ cwd: place, reject: false, stdin: 'pipe' },
    });
    // It reads, which is seen by its taking more than a pipe holds.
    run.stdin.write(Buffer.alloc(1024 * 1024));
    await once(run.stdin, 'drain');
    run.kill('SIGINT');
    const { exitCode, stderr } = await run;
    expect(exitCode, stderr).toBe(130);
    expect(readFileSync(join(place, 'small.iso')).equals(before)).toBe(true);
    expect(readdirSync(place)).toEqual(['small.iso']);
  } finally {
    rmSync(place, { recursive: true });
  }
});

test.each([
  ['dev', 'show', 'initrd', 'large.img'],
  ['dev', 'extract', 'initrd', 'large.img', 'nothing'],
  ['pxe', 'ignition', 'unwrap', 'large.img'],
  ['pxe', 'network', 'unwrap', 'large.img'],
  ['pxe', 'customize', '--dest-device', '/dev/vda', '-o', 'new.img', 'large.img'],
])('%s %s %s ends while it reads a file', async (...args) => {
  const place = mkdtempSync(join(tmpdir(), 'interrupted-file-'));
  try {
    const zeros = Buffer.alloc(32 * 1024 ** 2);
    const archive = Buffer.concat(makeCpio(new Map([['zeros', zeros]])));
    // Small, and 3 GiB unpacked: that takes some seconds.
    writeFileSync(
      join(place, 'large.img'),
      Buffer.concat(Array(96).fill(compress(archive, 'gzip'))),
    );
    const run = execa(process.execPath, [main, ...args], { cwd: place, reject: false });
    await expect.poll(() => hasOpen(run.pid, 'large.img'), { timeout: 30_000 }).toBe(true);
    run.kill('SIGTERM');
    const { exitCode, stderr } = await run;
    expect(exitCode, stderr).toBe(143);
    expect(readdirSync(place)).toEqual(['large.img']);
  } finally {
    rmSync(place, { recursive: true });
  }
});

test('an initramfs that is being unpacked leaves no files', async () => {
  const place = mkdtempSync(join(tmpdir(), 'interrupted-initrd-'));
  try {
    const archive = join(place, 'initrd.img');
    writeFileSync(archive, Buffer.concat(makeCpio(new Map([['first', Buffer.from('x')]]))));
    // Zeros up to the next archive, which take a while to be read.
    truncateSync(archive, 64 * 1024 ** 3);
    const seen = Promise.withResolvers<void>();
    using _ = closing(watch(place, (_, name) => name === 'first' && seen.resolve()));
    const args = ['dev', 'extract', 'initrd', '-C', '.', 'initrd.img'];
    const run = execa(process.execPath, [main, ...args], { cwd: place, reject: false });
    await Promise.race([seen.promise, run]);
    run.kill('SIGINT');
    const { exitCode, stderr } = await run;
    expect(exitCode, stderr).toBe(130);
    expect(readdirSync(place)).toEqual(['initrd.img']);
  } finally {
    rmSync(place, { recursive: true });
  }
});

/** Whether a process reads a file of this name. */
function hasOpen(pid: number | undefined, name: string): boolean {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).some((fd) => {
    try {
      return readlinkSync(join(directory, fd)).endsWith(`/${name}`);
    } catch {
      // It was closed meanwhile.
      return false;
    }
  });
}

const closing = (watcher: { close(): void }): Disposable => ({
  [Symbol.dispose]: () => watcher.close(),
});
