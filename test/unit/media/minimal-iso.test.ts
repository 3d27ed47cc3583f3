import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InputError } from '../../../src/lib/errors.ts';
import { parseRecipe } from '../../../src/media/miniso.ts';
import { realIso } from '../../support/live-iso.ts';
import { runHere } from '../../support/run-here.ts';
import { runWithOutput } from '../../support/run-with-output.ts';

/** The recipes in these images were written by the tool of Fedora CoreOS, with the digest of its result. */
const fixtures = ['2023-03.x86_64', '2023-07.s390x'] as const;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'minimal-iso-'));
  process.chdir(directory);
});
afterAll(() => {
  process.chdir('/');
  rmSync(directory, { recursive: true });
});

const extract = (...args: string[]) => runHere('iso', 'extract', 'minimal-iso', ...args);
const kargs = 'mitigations=auto,nosmt ignition.firstboot ignition.platform.id=metal';

test.each(fixtures)(
  '%s: the result has the digest that it should have, and fetches its root file system',
  async (name) => {
    const iso = realIso(name, directory);
    const url = 'https://example.com/rootfs.img';
    const output = `${name}-small.iso`;
    const args = ['--rootfs-url', url, '--output-rootfs', `${name}-rootfs.img`, iso, output];
    expect(await extract(...args)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(readFileSync(`${name}-rootfs.img`, 'utf8')).toBe('rootfs data\n');
    expect((await runHere('iso', 'kargs', 'show', output)).text).toBe(
      `${kargs} coreos.live.rootfs_url=${url}\n`,
    );
    expect((await runHere('iso', 'kargs', 'show', '-d', output)).text).toBe(`${kargs}\n`);
    const { files } = JSON.parse((await runHere('dev', 'show', 'iso', output)).text);
    const paths = files.map(({ path }: { path: string }) => path);
    expect(paths).toContain('IMAGES/PXEBOOT/VMLINUZ');
    expect(paths).not.toContain('IMAGES/PXEBOOT/ROOTFS.IMG');
    // Without the URL, and customized afterwards.
    const { stdout } = await extract(iso);
    writeFileSync('piped.iso', stdout);
    expect((await runHere('iso', 'kargs', 'show', 'piped.iso')).text).toBe(`${kargs}\n`);
    expect(
      (await runHere('iso', 'customize', '--dest-device=/dev/vda', 'piped.iso')).exitCode,
    ).toBe(0);
    expect(await extract('piped.iso', 'x.iso')).toMatchObject({ exitCode: 1 });
    expect(statSync(output).mode & 0o444).toBe(0o444 & ~process.umask());
  },
);

test('nothing is left where the full image has a changed byte', async () => {
  const iso = realIso('2023-03.x86_64', directory);
  const bytes = readFileSync(iso);
  // In isolinux.bin, which is copied.
  bytes[94_208 + 1000] = (bytes[94_208 + 1000] as number) ^ 1;
  writeFileSync(iso, bytes);
  const { stderr, exitCode } = await extract(iso, 'broken.iso');
  expect(stderr).toContain('wrong final digest');
  expect(exitCode).toBe(1);
  expect(existsSync('broken.iso')).toBe(false);
  expect(readdirSync('.').filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a customized image, an output that is there, and a URL with a space are refused', async () => {
  const iso = realIso('2023-03.x86_64', directory);
  writeFileSync('there.iso', '');
  expect((await extract(iso, 'there.iso')).stderr).toContain('File exists');
  expect(statSync('there.iso').size).toBe(0);
  await expect(extract('--rootfs-url', 'http://h/a b', iso)).rejects.toThrow('contains a space');
  await runHere('iso', 'kargs', 'modify', '-a', 'x', iso);
  const { stderr } = await extract(iso, 'no.iso');
  expect(stderr).toContain('Cannot operate on ISO with embedded customizations');
  expect(existsSync('no.iso')).toBe(false);
});

test('where an output is there nothing else is made, and the same command works afterwards', async () => {
  const iso = realIso('2023-03.x86_64', directory);
  writeFileSync('old.iso', '');
  const args = ['--output-rootfs', 'root.img', iso, 'old.iso'];
  expect((await extract(...args)).stderr).toContain('Cannot write old.iso: File exists');
  expect(existsSync('root.img')).toBe(false);
  rmSync('old.iso');
  expect((await extract(...args)).exitCode).toBe(0);
  const again = await extract('--output-rootfs', 'root.img', iso, 'other.iso');
  expect(again.stderr).toContain('Cannot write root.img: File exists');
  expect(existsSync('other.iso')).toBe(false);
});

test('a root file system without the ISO is not left', async () => {
  const iso = realIso('2023-03.x86_64', directory);
  const { stderr } = await extract('--output-rootfs', 'same', iso, './same');
  expect(stderr).toContain('Cannot write ./same: File exists');
  expect(existsSync('same')).toBe(false);
  const args = ['iso', 'extract', 'minimal-iso', '--output-rootfs', 'alone', iso, '-'];
  const lost = await runWithOutput('/dev/full', args);
  expect(lost).toMatchObject({ stderr: expect.stringContaining('ENOSPC'), exitCode: 1 });
  expect(existsSync('alone')).toBe(false);
});

test('PXE files: all, or none', async () => {
  const iso = realIso('2023-03.x86_64', directory);
  const lost = await runWithOutput('/dev/full', ['iso', 'extract', 'pxe', '-o', 'lost', iso]);
  expect(lost).toMatchObject({ stderr: expect.stringContaining('ENOSPC'), exitCode: 1 });
  expect(readdirSync('lost')).toEqual([]);
  const pxe = () => runHere('iso', 'extract', 'pxe', '-o', 'pxe', iso);
  const { text } = await pxe();
  const names = readdirSync('pxe').toSorted();
  expect(text.split('\n').filter(Boolean).toSorted()).toEqual(
    names.map((name) => join('pxe', name)),
  );
  expect(names.length).toBeGreaterThan(2);
  for (const name of names.slice(0, -1)) rmSync(join('pxe', name));
  expect(await pxe()).toMatchObject({ exitCode: 1, text: '' });
  expect(readdirSync('pxe')).toEqual(names.slice(-1));
});

test('a recipe is read to its end, and refused where it is truncated or points out of the image', () => {
  const packed = execFileSync('xz', { input: 'rest' });
  const head = Buffer.concat([
    Buffer.from('MINISO\0\0\x01\x02ab\x02\x01'),
    Buffer.from([251, 0, 1, 4]),
    Buffer.from([3, 252, 0, 0, 1, 0, 8]),
  ]);
  const tail = Buffer.concat([Buffer.alloc(32, 7), Buffer.from([packed.length]), packed]);
  const recipe = parseRecipe(Buffer.concat([head, tail, Buffer.alloc(100)]), 1 << 30, 'x');
  expect(recipe).toEqual({
    copies: [
      { minimalStartBytes: 2048, fullStartBytes: 256 * 2048, sizeBytes: 4 },
      { minimalStartBytes: 3 * 2048, fullStartBytes: 65_536 * 2048, sizeBytes: 8 },
    ],
    sha256: '07'.repeat(32),
    rest: packed,
  });
  const all = Buffer.concat([head, tail]);
  for (let length = 0; length < all.length; length += 1)
    expect(() => parseRecipe(all.subarray(0, length), 1 << 30, 'x')).toThrow(InputError);
  expect(() => parseRecipe(all, 65_536 * 2048 + 7, 'x')).toThrow('has no place');
});
