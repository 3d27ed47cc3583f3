import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Fixture, fixture, ignitionConfig } from '../../support/fixture.ts';
import { hasAnyTable, tableOn } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';

const digest = (algorithm: string, bytes: string | Uint8Array) =>
  createHash(algorithm).update(bytes).digest('hex');
const wrong = '0'.repeat(64);
const oldContent = Buffer.from('what was on the disk before');

async function run(it: Fixture, ...args: string[]) {
  return await runInstaller({ args: ['--retry-for', '1s', ...it.args, ...args] });
}

/** Exit code 4, before or after the disk was written to; it never boots. */
async function expectRefused(it: Fixture, args: string[], ...words: (string | RegExp)[]) {
  await writeFile(it.disk.path, oldContent, { flag: 'r+' });
  const result = await run(it, ...args);
  for (const word of words) expect(result.stderr).toMatch(word);
  expect(result.exitCode).toBe(4);
  const disk = await readFile(it.disk.path);
  const touched = !disk.subarray(0, oldContent.length).equals(oldContent);
  if (touched) expect(await hasAnyTable(it.disk.path)).toBe(false);
  expect(result.lastLine).toMatch(touched ? 'will not boot' : 'Nothing was written');
  return { touched };
}

describe('digests', () => {
  test('that are right: installed, and told', async () => {
    await using it = await fixture();
    const image = await readFile(it.servedPath);
    const sha512 = digest('sha512', image);
    await using sums = await fixture({
      files: { '/SHA256SUMS': Buffer.from(`${digest('sha256', image)}  image\n${wrong}  other\n`) },
    });
    const result = await run(
      it,
      ...['--image-hash', `sha512:${sha512}`, '--checksum-url', `${sums.server.url}/SHA256SUMS`],
      ...['--ignition-hash', `sha256-${digest('sha256', ignitionConfig)}`],
    );
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toMatch(/SHA-512 as --image-hash says/);
    expect(result.stdout).toMatch(/SHA-256 as http.*SHA256SUMS says/);
    expect(result.tmpFiles['image_hash']).toBe(`sha512:${sha512}\n`);
    expect(await tableOn(it.disk.path)).toBeDefined();
  });

  test('of another image: the disk does not boot', async () => {
    await using it = await fixture();
    const args = ['--image-hash', `sha256:${wrong}`];
    const { touched } = await expectRefused(it, args, /SHA-256 is [0-9a-f]{64}, and --image-hash/);
    expect(touched).toBe(true);
  });

  test('by kernel argument', async () => {
    await using it = await fixture();
    const cmdline = `coreos.inst.image_hash=sha256:${wrong}`;
    const result = await runInstaller({ args: it.args, cmdline });
    expect(result.stderr).toContain('the kernel argument coreos.inst.image_hash= says');
    expect(result.exitCode).toBe(4);
    expect(await hasAnyTable(it.disk.path)).toBe(false);
  });

  test('of another config, or none to be had: nothing is written', async () => {
    await using it = await fixture({
      files: {
        '/others': Buffer.from(`${wrong}  other\n`),
        '/login': Buffer.from('<html>Login</html>'),
      },
    });
    for (const [args, words] of [
      [['--ignition-hash', `sha256:${wrong}`], /config\.ign: its SHA-256 is/],
      [['--checksum-url', `${it.server.url}/others`], /does not list that file, but "other"/],
      [['--checksum-url', `${it.server.url}/login`], /web page/],
      [['--checksum-url', `${it.server.url}/none`], /404/],
    ] satisfies [string[], RegExp][]) {
      expect((await expectRefused(it, args, words)).touched).toBe(false);
    }
  });
});
