import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectFailure, type Settled } from '../../support/failure.ts';
import { type Fixture, fixture, ignitionConfig } from '../../support/fixture.ts';
import type { Fault } from '../../support/http-response.ts';
import { hasAnyTable, tableOn } from '../../support/installed-disk.ts';
import { type InstallerRun, runInstaller } from '../../support/installer.ts';
import { type Publisher, publisher } from '../../support/openpgp.ts';

const digest = (algorithm: string, bytes: string | Uint8Array) =>
  createHash(algorithm).update(bytes).digest('hex');
const wrong = '0'.repeat(64);
const oldContent = Buffer.from('what was on the disk before');

async function run(it: Fixture, ...args: string[]) {
  return await runInstaller({ args: ['--retry-for', '1s', ...it.args, ...args] });
}

/** That failure, before or after the disk was written to; it never boots. */
async function expectRefused(it: Fixture, args: string[], code: Settled, ...words: RegExp[]) {
  await writeFile(it.disk.path, oldContent, { flag: 'r+' });
  const result = await run(it, ...args);
  expectFailure(result, code);
  for (const word of words) expect(result.stderr).toMatch(word);
  const disk = await readFile(it.disk.path);
  const touched = !disk.subarray(0, oldContent.length).equals(oldContent);
  if (touched) expect(await hasAnyTable(it.disk.path)).toBe(false);
  expect(result.diskState).toMatch(touched ? 'will not boot' : 'Nothing was written');
  return { touched };
}

describe.concurrent('digests', () => {
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
    expect(result.stdout).toMatch(/SHA-512 matches --image-hash/);
    expect(result.stdout).toMatch(/SHA-256 matches http.*SHA256SUMS/);
    expect(result.tmpFiles['image_hash']).toBe(`sha512:${sha512}\n`);
    expect(await tableOn(it.disk.path)).toBeDefined();
  });

  test('of another image: the disk does not boot', async () => {
    await using it = await fixture();
    const args = ['--image-hash', `sha256:${wrong}`];
    const words = /SHA-256 is [0-9a-f]{64}, and --image-hash/;
    const { touched } = await expectRefused(it, args, 'digest-mismatch', words);
    expect(touched).toBe(true);
  });

  test('by kernel argument', async () => {
    await using it = await fixture();
    const cmdline = `coreos.inst.image_hash=sha256:${wrong}`;
    const result = await runInstaller({ args: it.args, cmdline });
    expectFailure(result, 'digest-mismatch');
    expect(result.stderr).toContain('coreos.inst.image_hash=');
    expect(await hasAnyTable(it.disk.path)).toBe(false);
  });

  test('of another config, or none to be had: nothing is written', async () => {
    await using it = await fixture({
      files: {
        '/others': Buffer.from(`${wrong}  other\n`),
        '/login': Buffer.from('<html>Login</html>'),
      },
    });
    for (const [args, code, words] of [
      [['--ignition-hash', `sha256:${wrong}`], 'digest-mismatch', /config\.ign/],
      [['--checksum-url', `${it.server.url}/others`], 'checksum-file-unusable', /"other"/],
      [['--checksum-url', `${it.server.url}/login`], 'checksum-file-unusable', /web page/],
      [['--checksum-url', `${it.server.url}/none`], 'file-not-found', /\/none: /],
    ] satisfies [string[], Settled, RegExp][]) {
      expect((await expectRefused(it, args, code, words)).touched).toBe(false);
    }
  });
});

describe.concurrent('signatures', () => {
  let people: Publisher;
  let alice: string;
  let keys: Buffer;
  beforeAll(async () => {
    people = await publisher();
    alice = await people.makeKey('alice');
    await people.makeKey('mallory');
    keys = await people.keys(['alice'], ['--armor']);
  });
  afterAll(() => people[Symbol.asyncDispose]());

  const withKeys = (it: Fixture, more: Partial<InstallerRun> = {}, ...args: string[]) =>
    runInstaller({
      args: ['--retry-for', '1s', ...it.args, '--keyring', '/tmp/keys', ...args],
      ...more,
      tmpFiles: { keys, ...more.tmpFiles },
    });

  /** What a plain fixture serves as `/image`. */
  const servedImage = async () => {
    await using plain = await fixture();
    return await readFile(plain.servedPath);
  };

  test('that are good: installed, and told by whom; no request is repeated', async () => {
    const image = await servedImage();
    const signature = await people.sign(image, 'alice');
    await using it = await fixture({ files: { '/image.sig': signature } });
    const result = await withKeys(it, {}, '--require-signature');
    expect(result.stderr).not.toContain('verified');
    expect(result.exitCode).toBe(0);
    const who = `signed by alice <alice@example\\.org> \\(key ${alice}\\)`;
    expect(result.stdout).toMatch(new RegExp(`Verification: +${who}\n`));
    expect(result.stdout).toContain(`signature ${it.imageUrl}.sig, with the keys of /tmp/keys`);
    expect(it.server.requests.filter(({ path }) => path.startsWith('/image.'))).toHaveLength(1);
    expect(await tableOn(it.disk.path)).toBeDefined();
  });

  test('beside an image file', async () => {
    const path = `/var/tmp/signed-${process.pid}.raw.xz`;
    try {
      const image = await servedImage();
      await writeFile(path, image);
      await writeFile(`${path}.asc`, await people.sign(image, 'alice', { how: ['-a', '-b'] }));
      await using it = await fixture();
      const result = await withKeys(it, {}, '-b', path);
      expect(result.exitCode).toBe(0);
      expect(result.stdout).toMatch(/Verification: +signed by alice/);
    } finally {
      await rm(path, { force: true });
      await rm(`${path}.asc`, { force: true });
    }
  });

  test.each(['xz', 'gzip'])('of another image (%s): the disk does not boot', async (format) => {
    const signature = await people.sign(Buffer.from('another image'), 'alice');
    await using plain = await fixture();
    const raw = gzipSync(await readFile(plain.imagePath), { level: 1 });
    const files = { '/image.sig': signature, ...(format === 'gzip' && { '/image': raw }) };
    await using it = await fixture({ files });
    const result = await withKeys(it);
    expectFailure(result, 'signature-mismatch');
    expect(result.stderr).toMatch(/Cannot trust .*: its signature by alice .* does not match/);
    expect(result.diskState).toMatch('will not boot');
    expect(await hasAnyTable(it.disk.path)).toBe(false);
  });

  test('that cannot be good are refused before anything is written', async () => {
    const image = await servedImage();
    for (const [signature, code] of [
      [await people.sign(image, 'mallory'), 'signing-key-unknown'],
      [await people.sign(image, 'alice', { digest: 'SHA1' }), 'signature-weak'],
      [(await people.sign(image, 'alice')).subarray(0, 60), 'signature-unreadable'],
    ] satisfies [Buffer, Settled][]) {
      await using it = await fixture({ files: { '/image.sig': signature } });
      const result = await withKeys(it);
      expectFailure(result, code);
      expect(result.diskState).toBe(`Nothing was written to ${it.disk.path}.`);
    }
  });

  test('that are missing: installed with a warning, or refused where one is required', async () => {
    const html = Buffer.from('<html>Login</html>');
    await using it = await fixture({ files: { '/image.asc': html } });
    const result = await withKeys(it);
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toMatch(
      /Warning: The image is not verified: no signature was found .*image\.sig: .*404.*image\.asc is a web page/,
    );
    expect(result.stdout).toMatch(/Verification: +not verified/);
    const cmdline = 'coreos.inst.require_signature';
    await writeFile(it.disk.path, oldContent, { flag: 'r+' });
    const required = await withKeys(it, { cmdline });
    expectFailure(required, 'signature-missing');
    expect(required.diskState).toBe(`Nothing was written to ${it.disk.path}.`);
  });

  test.each<[string, Fault, RegExp, Settled]>([
    [
      'a redirect to https where nobody listens',
      { redirectTo: 'https://127.0.0.1:1/x' },
      /refuses/,
      'connection-refused',
    ],
    [
      'a redirect in a circle',
      { redirectTo: '/image.sig' },
      /redirects form a loop/,
      'redirect-invalid',
    ],
    ['500', { status: 500 }, /500 Internal Server Error/, 'http-server-error'],
    ['503', { status: 503 }, /503 Service Unavailable/, 'http-server-error'],
    [
      'an image',
      { file: { bytes: Buffer.alloc(2 * 1024 * 1024, 1) } },
      /it is 2097152 bytes/,
      'file-too-large',
    ],
    ['nothing', { file: { bytes: Buffer.alloc(0) } }, /image\.sig is empty/, 'signature-missing'],
    [
      'JSON',
      { file: { bytes: Buffer.from('{}') } },
      /image\.sig is not an OpenPGP signature/,
      'signature-missing',
    ],
    ['silence', { silent: true }, /sends no answer/, 'server-stalled'],
  ])(
    'that nobody asked for, with %s in their place: installed within seconds',
    async (_, fault, words, code) => {
      await using it = await fixture({
        server: { fault: (_, { url }) => (/\.(sig|asc)$/.test(url ?? '') ? fault : undefined) },
      });
      // 0: for ever, as on the medium.
      const startMs = performance.now();
      const result = await withKeys(it, {}, '--retry-for', '0');
      expect(performance.now() - startMs).toBeLessThan(45_000);
      expect(result.stderr).toMatch(/Warning: The image is not verified: no signature was found/);
      expect(result.stderr).toMatch(words);
      expect(result.exitCode).toBe(0);
      // That is waited for as for everything else.
      if (fault.silent) return;
      const required = await withKeys(it, {}, '--require-signature');
      expectFailure(required, code);
    },
  );

  test('are checked with the keys of the publishers, not with those of the system', async () => {
    const signature = await people.sign(await servedImage(), 'alice');
    await using it = await fixture({ files: { '/image.sig': signature } });
    // Where any repository that was ever added has left its key.
    const systemKeys = `
      cp -a /etc /tmp/etc
      mkdir -p /tmp/etc/pki/rpm-gpg
      cp /tmp/keys /tmp/etc/pki/rpm-gpg/RPM-GPG-KEY-alice
      mount --bind /tmp/etc /etc
      exec "$@"`;
    const wrapper = ['sh', '-euc', systemKeys, 'sh'];
    const result = await runInstaller({ args: it.args, tmpFiles: { keys }, wrapper });
    expect(result.stderr).toMatch(
      new RegExp(`it is signed with the key ${alice}, which is not among the keys of this program`),
    );
    expectFailure(result, 'signing-key-unknown');
    expect(result.diskState).toBe(`Nothing was written to ${it.disk.path}.`);
  });

  test('without gpgv: a warning, or refused where one is required', async () => {
    const signature = await people.sign(await servedImage(), 'alice');
    await using it = await fixture({ files: { '/image.sig': signature } });
    const hidden = ['/usr/bin/gpgv'];
    const noTool = await withKeys(it, { hidden });
    expect(noTool.stderr).toMatch(/Warning: The image is not verified: .* has no gpgv/);
    expect(noTool.exitCode).toBe(0);
    const required = await withKeys(it, { hidden }, '--require-signature');
    expectFailure(required, 'gpgv-missing');
  });

  test('are not looked for with --insecure; a digest still counts', async () => {
    await using it = await fixture({ files: { '/image.sig': Buffer.from('bad') } });
    const result = await run(it, '--insecure', '--image-hash', `sha256:${wrong}`);
    expectFailure(result, 'digest-mismatch');
    const kernel = await runInstaller({ args: it.args, cmdline: 'coreos.inst.skip_media_check' });
    expect(kernel.exitCode).toBe(0);
    expect(kernel.stderr).not.toContain('verified');
    expect(it.server.requests.map(({ path }) => path)).not.toContain('/image.sig');
  });
});
