import {
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { fixture, ignitionConfig } from '../../support/fixture.ts';
import { bootFileSystem, unexpectedDifferences } from '../../support/installed-disk.ts';
import { binaryPath, runInstaller } from '../../support/installer.ts';
import { makeLiveIso } from '../../support/live-iso.ts';
import { loopDevice } from '../../support/loop-device.ts';
import { lacksFileSystem } from '../../support/needs.ts';
import { publisher } from '../../support/openpgp.ts';
import { addPartitions } from '../../support/partitions.ts';

const mib = 1024 * 1024;
const ownFeatures = join(import.meta.dirname, '../../../dracut/30coreos-installer/features.json');

/** A disk with a file system that has these files, and this label. */
async function stick(label: string, files: Readonly<Record<string, Uint8Array | string>>) {
  await using undo = new AsyncDisposableStack();
  const disk = undo.use(await loopDevice({ sizeBytes: 24 * mib }));
  const tree = mkdtempSync(join(tmpdir(), 'stick-'));
  try {
    mkdirSync(join(tree, 'images'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(tree, name), content);
    symlinkSync('/etc/passwd', join(tree, 'link'));
    await execa('mkfs.ext4', ['-q', '-F', '-L', label, '-d', tree, disk.path]);
  } finally {
    rmSync(tree, { recursive: true });
  }
  const owned = undo.move();
  return { path: disk.path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** No other file system on this machine has it. */
const unusual = () => `T${process.pid.toString(36)}${Math.random().toString(36).slice(2, 8)}`;

test('image, signature and config on a stick that is found by its label', async () => {
  await using it = await fixture();
  await using them = await publisher();
  await them.makeKey('builder');
  const image = readFileSync(it.servedPath);
  const label = unusual();
  await using _ = await stick(label, {
    'images/metal.raw.xz': image,
    'images/metal.raw.xz.sig': await them.sign(image, 'builder'),
    'config.ign': ignitionConfig,
  });
  const image_url = `label:${label}/images/metal.raw.xz`;
  const result = await runInstaller({
    args: ['-d', it.disk.path, '--keyring', '/tmp/keys.gpg', '--require-signature'],
    tmpFiles: { 'keys.gpg': await them.keys() },
    cmdline: `coreos.inst.image_url=${image_url} coreos.inst.ignition_url=label:${label}/config.ign`,
  });
  expect(result.exitCode, result.stderr).toBe(0);
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  const boot = await bootFileSystem(it.disk.path);
  expect((await boot.read('ignition/config.ign')).toString()).toBe(ignitionConfig);
  expect(result.stdout).toContain(image_url);
  expect(result.stdout + result.stderr).not.toContain('/proc/self/fd');
  expect(it.server.requests).toEqual([]);
});

test('a partition that begins where its disk begins stands for the disk', async () => {
  await using it = await fixture();
  const label = unusual();
  await using disk = await stick(label, { 'config.ign': ignitionConfig });
  // As the first partition of a hybrid ISO with files behind it: it has a part of the file system.
  await addPartitions(disk.path, { number: 1, startBytes: 0, sizeBytes: 8 * mib });
  const args = ['-d', it.disk.path, '-b', it.imageUrl, '-i', `label:${label}/config.ign`];
  const result = await runInstaller({ args });
  expect(result.exitCode, result.stderr).toBe(0);
  const boot = await bootFileSystem(it.disk.path);
  expect((await boot.read('ignition/config.ign')).toString()).toBe(ignitionConfig);
});

test.skipIf(lacksFileSystem('iso9660', 'isofs'))(
  'an image and its signature that were put onto the medium itself',
  async () => {
    await using it = await fixture();
    await using them = await publisher();
    await them.makeKey('builder');
    const directory = mkdtempSync(join(tmpdir(), 'medium-'));
    await using undo = new AsyncDisposableStack();
    undo.defer(() => rmSync(directory, { recursive: true }));
    const image = readFileSync(it.servedPath);
    const path = join(directory, 'fcos-44.1-metal.x86_64.raw.xz');
    writeFileSync(path, image);
    writeFileSync(`${path}.sig`, await them.sign(image, 'builder'));
    const features = JSON.parse(readFileSync(ownFeatures, 'utf8'));
    const iso = makeLiveIso(directory, { features, isOwn: true });
    const built = statSync(iso).size;
    const args = ['iso', 'customize', '--dest-device', it.disk.path, '--image', path, iso];
    await execa(binaryPath, args);
    // A stick with it: the first partition is the image as it was built.
    const stick = undo.use(await loopDevice({ sizeBytes: 0, backingFile: iso, readOnly: true }));
    await addPartitions(stick.path, { number: 1, startBytes: 0, sizeBytes: built });
    const result = await runInstaller({
      args: ['--keyring', '/tmp/keys.gpg', '--require-signature', '-i', it.ignitionUrl],
      tmpFiles: { 'keys.gpg': await them.keys() },
      cmdline: `coreos.inst.install_dev=${it.disk.path} coreos.inst.image_url=medium:/images/fcos-44.1-metal.x86_64.raw.xz`,
    });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
    expect(it.server.requests.map(({ path }) => path)).not.toContain('/image');
  },
);

test.each([
  ['no-such/file', 'config-not-found', 'there is no such file'],
  ['link', 'file-not-regular', 'link is a symbolic link'],
  ['images', 'file-not-regular', 'it is a directory'],
])('%s on the stick is refused by its name there', async (path, code, why) => {
  await using it = await fixture();
  const label = unusual();
  await using _ = await stick(label, {});
  const location = `label:${label}/${path}`;
  const result = await runInstaller({
    args: ['-d', it.disk.path, '-b', it.imageUrl, '-i', location],
  });
  expect(result).toMatchObject({ exitCode: 4, code });
  expect(result.stderr).toContain(`Cannot read ${location}`);
  expect(result.stderr).toContain(why);
});

test('it is waited for, and two with the same label are not guessed between', async () => {
  await using it = await fixture();
  const label = unusual();
  const args = ['-d', it.disk.path, '-b', it.imageUrl, '-i', `label:${label}/config.ign`];
  const none = await runInstaller({ args: [...args, '--retry-for', '1'] });
  expect(none).toMatchObject({ exitCode: 4, code: 'label-not-found' });
  expect(none.stderr).toMatch(/there is no file system with the label .*; tried \d+ times/);
  const plugged = Promise.withResolvers<Awaited<ReturnType<typeof stick>>>();
  const later = await runInstaller({
    args,
    onComplaint: (text) => {
      if (text.includes('Waiting for'))
        plugged.resolve(stick(label, { 'config.ign': ignitionConfig }));
    },
  });
  await using _ = await plugged.promise;
  expect(later.exitCode, later.stderr).toBe(0);
  await using __ = await stick(label, {});
  const both = await runInstaller({ args });
  expect(both).toMatchObject({ exitCode: 4, code: 'label-ambiguous' });
});

test('of two copies neither is guessed, and the one that is in use is not meant', async () => {
  await using it = await fixture();
  const label = unusual();
  await using first = await stick(label, { 'config.ign': ignitionConfig });
  // With the same UUID.
  await using undo = new AsyncDisposableStack();
  const second = undo.use(await loopDevice({ sizeBytes: 24 * mib }));
  writeFileSync(second.path, readFileSync(first.path));
  const args = ['-d', it.disk.path, '-b', it.imageUrl, '-i', `label:${label}/config.ign`];
  const both = await runInstaller({ args });
  expect(both).toMatchObject({ exitCode: 4, code: 'label-ambiguous' });
  for (const { path } of [first, second]) expect(both.stderr).toContain(path);

  // As the disk that is installed to.
  const { O_RDONLY, O_EXCL } = constants;
  await using _ = await open(first.path, O_RDONLY | O_EXCL);
  const one = await runInstaller({ args });
  expect(one.exitCode, one.stderr).toBe(0);
  const boot = await bootFileSystem(it.disk.path);
  expect((await boot.read('ignition/config.ign')).toString()).toBe(ignitionConfig);
});

test('a stick whose first partition is mounted is used by that', async () => {
  await using it = await fixture();
  const label = unusual();
  await using disk = await stick(label, { 'config.ign': ignitionConfig });
  await addPartitions(disk.path, { number: 1, startBytes: 0, sizeBytes: 24 * mib });
  const at = mkdtempSync(join(tmpdir(), 'mounted-'));
  await execa('mount', ['-o', 'ro', `${disk.path}p1`, at]);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rmSync(at, { recursive: true }));
  undo.defer(() => execa('umount', [at]).then(() => undefined));
  const args = ['-d', it.disk.path, '-b', it.imageUrl, '-i', `label:${label}/config.ign`];
  const result = await runInstaller({ args });
  expect(result.exitCode, result.stderr).toBe(0);
});
