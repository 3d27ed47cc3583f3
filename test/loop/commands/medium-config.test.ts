import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { fixture, ignitionConfig } from '../../support/fixture.ts';
import { bootFileSystem, unexpectedDifferences } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';

const configs = '/etc/coreos/installer.d';

test('the config files of a medium give what nothing else gives, and only that', async () => {
  await using it = await fixture();
  const result = await runInstaller({
    cmdline: `coreos.inst.image_url=${it.imageUrl}`,
    mediumConfigs: {
      '10-site.yaml': 'image-url: http://127.0.0.1:1/other\ninsecure: true\nverify: true\n',
      '20-rack.yaml': `dest-device: ${it.disk.path}\nignition-url: ${it.ignitionUrl}\n`,
    },
  });
  expect(result.exitCode, result.stderr).toBe(0);
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  const boot = await bootFileSystem(it.disk.path);
  expect((await boot.read('ignition/config.ign')).toString()).toBe(ignitionConfig);
  expect(result.stdout).toContain(`${it.disk.path} (from ${configs}/20-rack.yaml:1)`);
  expect(result.stdout).toContain(`(from the kernel argument coreos.inst.image_url=)`);
  expect(result.stdout).toMatch(/Read back|read back/i);
  // They are kept as a kernel argument's value is: one of them can be changed in the shell.
  expect(result.tmpFiles).toMatchObject({ ignition_url: `${it.ignitionUrl}\n` });
});

test('an image without a signature is refused, as coreos-installer install does', async () => {
  await using it = await fixture();
  const mediumConfigs = {
    'site.yaml': `dest-device: ${it.disk.path}\nimage-url: ${it.imageUrl}\nignition-url: ${it.ignitionUrl}\n`,
  };
  const refused = await runInstaller({ mediumConfigs });
  expect(refused).toMatchObject({ exitCode: 4, code: 'signature-missing' });
  const accepted = await runInstaller({ mediumConfigs, cmdline: 'coreos.inst.insecure' });
  expect(accepted.exitCode, accepted.stderr).toBe(0);
});

test('a config file in JSON says how long to wait for a server', async () => {
  await using it = await fixture();
  const given = {
    'dest-device': it.disk.path,
    'image-url': 'http://127.0.0.1:1/image',
    'ignition-url': it.ignitionUrl,
    insecure: true,
    'retry-for': '1s',
  };
  const result = await runInstaller({ mediumConfigs: { 'site.json': JSON.stringify(given) } });
  expect(result).toMatchObject({ exitCode: 4, code: 'connection-refused' });
});

test.each([
  ['dest-devise: /dev/vda\n', 'installer-config-invalid', 'line 1, column 1', 'dest-device'],
  ['verify: true\njobs: 3\n', 'installer-config-invalid', `${configs}/site.yaml:2: jobs`, 'Remove'],
  [
    'ignition-url: https://h/c\nignition-file: /c\n',
    'installer-config-invalid',
    `${configs}/site.yaml:1, ${configs}/site.yaml:2: ignition-url and ignition-file exclude each other`,
    'Correct it',
  ],
])('%j ends the run before anything is written', async (content, code, where, next) => {
  await using it = await fixture();
  const before = await readFile(it.disk.path);
  const result = await runInstaller({
    args: ['-d', it.disk.path, '-i', it.ignitionUrl, '-b', it.imageUrl],
    mediumConfigs: { 'site.yaml': content },
  });
  expect(result).toMatchObject({ exitCode: 2, code });
  expect(result.stderr).toContain(where);
  expect(result.stderr).toContain(next);
  expect(before.equals(await readFile(it.disk.path))).toBe(true);
});
