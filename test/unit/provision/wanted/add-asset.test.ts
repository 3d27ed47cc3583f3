import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAsset } from '../../../../src/provision/wanted/add-asset.ts';
import { findAsset, findRecord } from '../../../../src/provision/wanted/assets.ts';
import { FleetDirectory } from '../../../support/fleet-directory.ts';
import { builder, type Publisher } from '../../../support/openpgp.ts';
import { hasty, never, noise } from '../../../support/read.ts';
import { startServer } from '../../../support/servers.ts';

const files = mkdtempSync(join(tmpdir(), 'assets-'));
const image = gzipSync(noise(300_000));
const sha256 = createHash('sha256').update(image).digest('hex');
const keyringPath = join(files, 'keyring');
let them: Publisher;
let signature: Buffer;

beforeAll(async () => {
  them = await builder(keyringPath);
  signature = await them.sign(image, 'builder');
});
afterAll(async () => {
  await them[Symbol.asyncDispose]();
  rmSync(files, { recursive: true });
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(mkdtempSync(join(files, 'd-')), name);
  writeFileSync(path, content);
  return path;
}

const options = (insecure = false) => ({
  insecure,
  keyring: { value: keyringPath, origin: { kind: 'option', name: '--keyring' } } as const,
  source: hasty,
  signal: never,
  onProgress: () => undefined,
});

test('a signed image, from a server, twice', async () => {
  using fleet = new FleetDirectory();
  const served = { '/a/metal.raw.gz': image, '/a/metal.raw.gz.sig': signature };
  await using server = await startServer({ files: served });
  const add = () => addAsset(fleet.path, `${server.url}/a/metal.raw.gz`, options());
  const added = await add();
  const asset = { sha256, fileName: 'metal.raw.gz', sizeBytes: image.length };
  expect(added).toMatchObject({ asset, role: 'image', wasThere: false, warnings: [] });
  const directory = join(fleet.path, `assets/sha256-${sha256}`);
  expect(readFileSync(join(directory, 'metal.raw.gz')).equals(image)).toBe(true);
  expect(readdirSync(directory)).toEqual(['metal.raw.gz', 'metal.raw.gz.sig']);
  expect(await findAsset(fleet.path, sha256)).toEqual(asset);

  expect(await add()).toMatchObject({ asset, wasThere: true });
  expect(readdirSync(join(fleet.path, 'assets/.incoming'))).toEqual([]);
  expect(readdirSync(join(fleet.path, 'assets')).toSorted()).toEqual(
    ['.incoming', `sha256-${sha256}`, `sha256-${sha256}.json`].toSorted(),
  );
});

test('an image without a signature, or with another one, does not get in', async () => {
  using fleet = new FleetDirectory();
  const bare = file('metal.raw.gz', image);
  await expect(addAsset(fleet.path, bare, options())).rejects.toMatchObject({
    failure: { code: 'signature-missing', next: expect.stringContaining('give --insecure') },
  });
  writeFileSync(`${bare}.sig`, await them.sign(Buffer.from('another'), 'builder'));
  for (const insecure of [false, true])
    await expect(addAsset(fleet.path, bare, options(insecure))).rejects.toMatchObject({
      failure: { code: 'signature-mismatch' },
    });
  expect(await findAsset(fleet.path, sha256)).toBe('no file with this digest was added');
  rmSync(`${bare}.sig`);
  const added = await addAsset(fleet.path, bare, options(true));
  expect(added).toMatchObject({ warnings: [expect.stringContaining('not verified')] });
});

test('who signed an image is noted later as well, and stays noted', async () => {
  using fleet = new FleetDirectory();
  const path = file('metal.raw.gz', image);
  const signedBy = [expect.stringMatching(/^builder <builder@example\.org>, [0-9A-F]{40}$/)];
  await addAsset(fleet.path, path, options(true));
  expect(await findRecord(fleet.path, sha256)).toMatchObject({ signedBy: [] });
  writeFileSync(`${path}.sig`, signature);
  expect(await addAsset(fleet.path, path, options())).toMatchObject({ wasThere: true });
  expect(await findRecord(fleet.path, sha256)).toMatchObject({ signedBy });
  const directory = join(fleet.path, `assets/sha256-${sha256}`);
  expect(readdirSync(directory)).toEqual(['metal.raw.gz', 'metal.raw.gz.sig']);
  rmSync(`${path}.sig`);
  await addAsset(fleet.path, path, options(true));
  expect(await findRecord(fleet.path, sha256)).toMatchObject({ signedBy });

  // As an earlier version has written it.
  const asset = await findAsset(fleet.path, sha256);
  fleet.put(`assets/sha256-${sha256}.json`, JSON.stringify(asset));
  writeFileSync(`${path}.sig`, signature);
  await addAsset(fleet.path, path, options());
  expect(await findRecord(fleet.path, sha256)).toMatchObject({ signedBy });
});

test.each([
  ['kernel', 'vmlinuz', Buffer.alloc(600).fill('HdrS', 0x202, 0x206)],
  ['kernel', 'installer', Buffer.alloc(600).fill('HdrS', 0x202, 0x206)],
  ['kernel', 'fedora-coreos-live-kernel-x86_64', 'x'],
  ['initramfs', 'initramfs.img', gzipSync('070701')],
  ['initramfs', 'initrd-6.1', gzipSync('070701')],
  ['initramfs', 'files.cpio', '070701'],
  ['image', 'metal.raw', Buffer.alloc(1024)],
])('a %s is recognised: %s', async (role, name, content) => {
  using fleet = new FleetDirectory();
  const path = file(name, content);
  const added = await addAsset(fleet.path, path, options(role === 'image'));
  expect(added.role).toBe(role);
  if (role !== 'image') expect(added.warnings).toEqual([]);
});

test.each([
  ['image-is-web-page', 'metal.raw', '<!doctype html>'],
  ['image-is-iso', 'live.iso', Buffer.alloc(40_000).fill('CD001', 32769, 32774)],
  ['image-empty', 'metal.raw', ''],
])('%s: it does not get in', async (code, name, content) => {
  using fleet = new FleetDirectory();
  await expect(addAsset(fleet.path, file(name, content), options(true))).rejects.toMatchObject({
    failure: { code },
  });
  expect(readdirSync(join(fleet.path, 'assets'))).toEqual(['.incoming']);
  expect(readdirSync(join(fleet.path, 'assets/.incoming'))).toEqual([]);
});

test('a kernel of somebody else needs a signature, and a wrong one of ours is refused', async () => {
  using fleet = new FleetDirectory();
  await using server = await startServer({ files: { '/vmlinuz': Buffer.from('x') } });
  await expect(addAsset(fleet.path, `${server.url}/vmlinuz`, options())).rejects.toMatchObject({
    failure: { code: 'signature-missing' },
  });
  const own = file('vmlinuz', 'x');
  writeFileSync(`${own}.sig`, signature);
  await expect(addAsset(fleet.path, own, options())).rejects.toMatchObject({
    failure: { code: 'signature-mismatch' },
  });
});

test('the name of an asset has no character that a cache or a loader would take for its own', async () => {
  using fleet = new FleetDirectory();
  const { asset } = await addAsset(fleet.path, file('metal (1)~.raw.gz', image), options(true));
  expect(asset.fileName).toBe('metal__1__.raw.gz');
  expect(await findAsset(fleet.path, sha256)).toEqual(asset);
});

test('where nothing can be written, the error names the directory', async () => {
  using fleet = new FleetDirectory();
  fleet.put('assets', 'a file');
  await expect(addAsset(fleet.path, file('vmlinuz', 'x'), options())).rejects.toMatchObject({
    failure: { code: 'output-failed', why: 'it is not in a directory' },
  });
});

test('what a run that was killed has left is replaced', async () => {
  using fleet = new FleetDirectory();
  const path = join(fleet.path, `assets/sha256-${sha256}`);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'part'), 'x');
  await addAsset(fleet.path, file('metal.raw.gz', image), options(true));
  expect(readdirSync(path)).toEqual(['metal.raw.gz']);
});
