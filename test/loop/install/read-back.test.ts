import { readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { expectFailure } from '../../support/failure.ts';
import { faultyDisk } from '../../support/faulty-disk.ts';
import { fixture } from '../../support/fixture.ts';
import { bootPartition, hasAnyTable, tableOn } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';

const mib = 1024 * 1024;
const sizeBytes = 48 * mib;

/** The first block of the image from there on that is all zeros, or is not. */
async function blockOf(imagePath: string, fromBytes: number, zeros: boolean): Promise<number> {
  const image = await readFile(imagePath);
  for (let at = fromBytes; at < image.length; at += 4096) {
    if (image.subarray(at, at + 4096).every((byte) => byte === 0) === zeros) return at;
  }
  throw new Error('the image has no such place');
}

/** Told to the MiB. */
const between = (at: number) =>
  `from byte ${at - (at % mib)} to byte ${at - (at % mib) + mib - 1} differs`;

test('a sound disk is read back, boots, and holds what it should', async () => {
  await using it = await fixture({ diskSizeBytes: sizeBytes + 4096 });
  const result = await runInstaller({ args: it.args, cmdline: 'coreos.inst.verify' });
  expect(result.stderr).not.toMatch('Cannot');
  expect(result.exitCode).toBe(0);
  const [, compared] = /Read back: +(\d+) bytes, identical to what was/.exec(result.stdout) ?? [
    '',
    '',
  ];
  // All of the image, and what was wiped around it.
  expect(Number(compared)).toBeGreaterThan((await readFile(it.imagePath)).length);
  expect(await tableOn(it.disk.path)).toBeDefined();
});

describe('a disk that forgets what is written', () => {
  /** Runs without and with --verify. */
  async function install(args: readonly string[], at: number, old?: string) {
    const lying = [{ startBytes: at, endBytes: at + 4096 }];
    const contentPath = old === undefined ? {} : { contentPath: old };
    const run = async (...more: string[]) => {
      await using disk = await faultyDisk({ sizeBytes, lying, ...contentPath });
      const result = await runInstaller({ args: ['-d', disk.path, ...args.slice(2), ...more] });
      return { result, bootable: (await tableOn(disk.path)) !== undefined, path: disk.path };
    };
    return { trusting: await run(), careful: await run('--verify') };
  }

  test('in the root file system', async () => {
    await using it = await fixture();
    const table = await tableOn(it.imagePath);
    const root = table?.partitions.find(({ name }) => name === 'root')?.offsetBytes ?? 0;
    const at = await blockOf(it.imagePath, root + mib, false);
    const { trusting, careful } = await install(it.args, at);
    expect(trusting.result.exitCode).toBe(0);
    expect(trusting.bootable).toBe(true);
    expect(careful.result.stderr).toContain(between(at));
    expectFailure(careful.result, 'disk-read-back-mismatch');
    expect(careful.result.diskState).toContain('will not boot');
    expect(careful.bootable).toBe(false);
  });

  test('in the boot file system, before that is changed', async () => {
    await using it = await fixture({
      image: { files: { vmlinuz: 'kernel '.repeat(200_000) } },
    });
    const table = await tableOn(it.imagePath);
    if (table === undefined) throw new Error('no table');
    const at = await blockOf(it.imagePath, bootPartition(table).offsetBytes + mib, false);
    const { careful } = await install(it.args, at);
    expect(careful.result.stderr).toContain(between(at));
    expectFailure(careful.result, 'disk-read-back-mismatch');
    expect(careful.bootable).toBe(false);
  });

  test('in the superblock by which the boot file system is found', async () => {
    await using it = await fixture();
    const table = await tableOn(it.imagePath);
    if (table === undefined) throw new Error('no table');
    const at = bootPartition(table).offsetBytes;
    const { trusting, careful } = await install(it.args, at);
    expectFailure(trusting.result, 'image-boot-missing');
    expect(careful.result.stderr).toContain(between(at));
    expectFailure(careful.result, 'disk-read-back-mismatch');
    expect(careful.bootable).toBe(false);
  });

  test('zeros, over what was there before', async () => {
    await using it = await fixture();
    const old = `/var/tmp/old-${process.pid}`;
    try {
      await writeFile(old, Buffer.alloc(sizeBytes, 'old '));
      const at = await blockOf(it.imagePath, 14 * mib, true);
      const { trusting, careful } = await install(it.args, at, old);
      expect(trusting.result.exitCode).toBe(0);
      expect(careful.result.stderr).toContain(between(at));
      expectFailure(careful.result, 'disk-read-back-mismatch');
      expect(careful.bootable).toBe(false);
    } finally {
      await rm(old, { force: true });
    }
  });

  test('where only the wiped end of the disk is', async () => {
    await using it = await fixture();
    const old = `/var/tmp/old-${process.pid}`;
    try {
      await writeFile(old, Buffer.alloc(sizeBytes, 'old '));
      const at = sizeBytes - mib;
      const lying = [{ startBytes: at, endBytes: at + 4096 }];
      await using disk = await faultyDisk({ sizeBytes, lying, contentPath: old });
      const result = await runInstaller({
        args: ['-d', disk.path, ...it.args.slice(2), '--verify'],
      });
      expect(result.stderr).toContain(`from byte ${at} to byte`);
      expectFailure(result, 'disk-read-back-mismatch');
      expect(await hasAnyTable(disk.path)).toBe(false);
    } finally {
      await rm(old, { force: true });
    }
  });
});
