import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ownArchitecture } from '../../../src/streams/choose-artifact.ts';
import { type Fixture, fixture, ignitionConfig } from '../../support/fixture.ts';
import { bootFileSystem, unexpectedDifferences } from '../../support/installed-disk.ts';
import { type InstallerRun, runInstaller } from '../../support/installer.ts';
import { publisher } from '../../support/openpgp.ts';
import { blockWith, readPage } from '../../support/pages.ts';
import { startServer } from '../../support/servers.ts';

const hash = `sha256-${createHash('sha256').update(ignitionConfig).digest('hex')}`;

const install = (args: readonly string[], more: InstallerRun = {}) =>
  runInstaller({ ...more, args: ['install', ...args] });

async function expectInstalled(it: Fixture): Promise<void> {
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  const boot = await bootFileSystem(it.disk.path);
  expect((await boot.read('ignition/config.ign')).toString()).toBe(ignitionConfig);
}

test('a device, an image and a config, as they are typed today', async () => {
  await using it = await fixture();
  const args = ['-u', it.imageUrl, '-I', it.ignitionUrl, '--ignition-hash', hash, '--insecure'];
  const result = await install([...args, it.disk.path], {
    // Of another run, and of the boot menu: nothing of it counts here, nor is kept.
    tmpFiles: { image_url: 'http://127.0.0.1:1/', verify: '' },
    cmdline: 'coreos.inst.image_url=http://127.0.0.1:1/ coreos.inst.nonsense ip=dhcp',
  });
  expect(result.exitCode, result.stderr).toBe(0);
  await expectInstalled(it);
  expect(result.stderr).toMatch(/^Read disk .*\/.* \(100%\)$/m);
  expect(result.stdout).toMatch(/First boot: +no further kernel arguments/);
  expect(result.tmpFiles).toEqual({ image_url: 'http://127.0.0.1:1/', verify: '' });
});

/** The command of docs/dialects.md with that in it, for the disk and the config of a fixture. */
function documented(words: string, it: Fixture): string[] {
  return blockWith(readPage('dialects.md'), 'sh', words)
    .replace('/dev/sda', it.disk.path)
    .replace('https://example.com/config.ign', it.ignitionUrl)
    .replaceAll('/root/', '/tmp/')
    .trim()
    .split(/\s+/)
    .slice(2);
}

test('the documented command installs the signed image of a stream', async () => {
  await using it = await fixture();
  await using them = await publisher();
  await them.makeKey('builder');
  const image = await readFile(it.servedPath);
  const signature = await them.sign(image, 'builder');
  await using signatures = await startServer({ files: { '/image.sig': signature } });
  const disk = { location: it.imageUrl, signature: `${signatures.url}/image.sig` };
  const artifacts = { metal: { formats: { 'raw.xz': { disk } } } };
  const stream = { stream: 'stable', architectures: { [ownArchitecture()]: { artifacts } } };
  const metadata = Buffer.from(JSON.stringify(stream));
  await using streams = await startServer({ files: { '/stable.json': metadata } });
  const ours = [
    '--stream-base-url',
    streams.url,
    '--keyring',
    '/tmp/keys',
    '--ignition-hash',
    hash,
  ];
  const result = await install([...documented('--stream stable', it), ...ours], {
    tmpFiles: { keys: await them.keys() },
  });
  expect(result.exitCode, result.stderr).toBe(0);
  expect(result.stdout).toMatch(/builder@example\.org/);
  await expectInstalled(it);
});

test('arguments of the first boot', async () => {
  await using it = await fixture();
  const args = ['-u', it.imageUrl, '--insecure', '--firstboot-args', 'ip=192.0.2.7::192.0.2.1'];
  const { stdout, exitCode } = await install(['--dry-run', ...args, it.disk.path]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/rd\.neednet=1 ip=192\.0\.2\.7::192\.0\.2\.1 \(from --firstboot-args\)/);
});

test('an image must be signed, and a failure is exit code 1', async () => {
  await using it = await fixture();
  const args = ['-u', it.imageUrl, it.disk.path];
  const result = await install(args);
  expect(result).toMatchObject({ exitCode: 1, code: 'signature-missing' });
  expect(result.diskState).toMatch(/^Nothing was written/);
  expect(result.stderr.split('\n')).toContain(`Try: coreos-installer install ${args.join(' ')}`);
});

test('a config without TLS needs its digest', async () => {
  await using it = await fixture();
  const args = ['-u', it.imageUrl, '-I', it.ignitionUrl, '--insecure', it.disk.path, '--dry-run'];
  const refused = await install(args);
  expect(refused).toMatchObject({ exitCode: 2, code: 'ignition-config-insecure' });
  expect(it.server.requests).toEqual([]);
  expect((await install([...args, '--insecure-ignition'])).exitCode).toBe(0);
});

test('the device may be missing, and is named in the command to try', async () => {
  const result = await install(['-u', 'http://127.0.0.1:1/image']);
  expect(result).toMatchObject({ exitCode: 2, code: 'parameter-missing' });
  expect(result.stderr).toContain('Give the target device as DEVICE.');
  expect(result.stderr.split('\n')).toContain(
    'Try: coreos-installer install -u http://127.0.0.1:1/image DEVICE',
  );
});

test('config files, in their order, then the command line; each value with its line', async () => {
  await using it = await fixture();
  const tmpFiles = {
    'site.yaml': `dest-device: ${it.disk.path}\nimage-url: http://127.0.0.1:1/\nverify: true\n`,
    'rack.yaml': `image-url: ${it.imageUrl}\nretry-for: 5m\ninsecure: true\n`,
  };
  const files = documented('--config-file', it);
  const args = [...files, '-I', it.ignitionUrl, '--ignition-hash', hash, '--retry-for', '9s'];
  const result = await install(args, { tmpFiles });
  expect(result.exitCode, result.stderr).toBe(0);
  await expectInstalled(it);
  expect(result.stdout).toContain('(from /tmp/site.yaml:1)');
  expect(result.stdout).toMatch(/Image: +http.*image \(from \/tmp\/rack\.yaml:1\)/);
  expect(result.stdout).toMatch(/Retry for: +9s \(from --retry-for\)/);
  expect(result.stdout).toMatch(/Read back: +yes \(from \/tmp\/site\.yaml:3\)/);
});

test.each([
  ['is not there', {}, 'installer-config-unreadable', '/tmp/x.yaml'],
  [
    'has an unknown option',
    { 'x.yaml': 'image: x' },
    'installer-config-invalid',
    'line 1, column 1',
  ],
  [
    'keeps partitions by a range that is none',
    { 'x.yaml': 'save-partindex: [5, 9-7]' },
    'invalid-command-line',
    'It must be the number of a partition',
  ],
  ['names another disk', { 'x.yaml': 'dest-device: sdy' }, 'invalid-command-line', 'sdy and sdz'],
])('a config file that %s ends the run', async (_, tmpFiles, code, words) => {
  const result = await install(['-c', '/tmp/x.yaml', 'sdz'], { tmpFiles });
  expect(result).toMatchObject({ exitCode: 2, code });
  expect(result.stderr).toContain(words);
  expect(result.stderr).toContain('Nothing was written to any disk.');
});
