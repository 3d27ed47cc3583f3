import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectFailure } from '../../support/failure.ts';
import { fixture } from '../../support/fixture.ts';
import { unexpectedDifferences } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { digest } from '../../support/read.ts';

describe('parameters', () => {
  test('come from options, whose values are kept in files for the next run', async () => {
    await using it = await fixture();
    const device = it.disk.path.replace('/dev/', '');
    const first = await runInstaller({
      args: ['-d', device, '-i', it.ignitionUrl, '-b', `${it.imageUrl}/`],
    });
    expect(first.exitCode).toBe(0);
    expect(first.stdout).toMatch(new RegExp(`Target device: +${it.disk.path} \\(from -d\\)`));
    // Its name may be that of another disk the next time.
    expect(first.tmpFiles).not.toHaveProperty('selected_dev');
    expect(first.tmpFiles['ignition_url']).toBe(`${it.ignitionUrl}\n`);
    expect(first.tmpFiles['image_url']).toBe(`${it.imageUrl}\n`);

    // What a person has written stays.
    const tmpFiles = { ...first.tmpFiles, selected_dev: `${it.disk.path}\n` };
    const second = await runInstaller({ tmpFiles });
    expect(second.exitCode).toBe(0);
    expect(second.stdout).toContain('(from /tmp/image_url)');
    expect(second.tmpFiles).toEqual(tmpFiles);
  });

  test('are kept after a failure, the device until an installation has succeeded', async () => {
    await using it = await fixture();
    const args = ['-d', it.disk.path, '-i', 'skip', '-b', `${it.imageUrl}/none`];
    const failed = await runInstaller({ args });
    expectFailure(failed, 'image-not-found');
    const again = await runInstaller({ args: ['-b', it.imageUrl], tmpFiles: failed.tmpFiles });
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stdout).toContain(`${it.disk.path} (from /tmp/selected_dev)`);
    expect(Object.keys(again.tmpFiles).sort()).toEqual(['ignition_url', 'image_url']);
  });

  test('come from the kernel command line, the published misspelling included', async () => {
    await using it = await fixture();
    const cmdline = [
      'coreos.inst=yes',
      `coreos.coreos.inst.install_dev=${it.disk.path.replace('/dev/', '')}`,
      'coreos.inst.image_url=http://127.0.0.1:1/wrong',
      `coreos.inst.image_url="${it.imageUrl}"`,
      `coreos.inst.ignition_url=${it.ignitionUrl}`,
    ].join(' ');
    const result = await runInstaller({ cmdline });
    expect(result.stderr).toContain('misspelled');
    expect(result.exitCode).toBe(0);
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  });

  test('a file wins over the kernel command line, an option over both', async () => {
    await using it = await fixture();
    const result = await runInstaller({
      args: ['-b', it.imageUrl],
      tmpFiles: { image_url: 'http://127.0.0.1:1/file', selected_dev: it.disk.path },
      cmdline: `coreos.inst.install_dev=vdz coreos.inst.image_url=http://127.0.0.1:1/kernel coreos.inst.ignition_url=skip`,
    });
    expect(result.exitCode).toBe(0);
    expect(result.complaints).toBe('');
  });

  test('a stable name is followed, and shown with the device that it led to', async () => {
    await using it = await fixture();
    const link = `/dev/disk/by-id/coreos-installer-test-${process.pid}`;
    await mkdir(dirname(link), { recursive: true });
    await symlink(it.disk.path, link);
    try {
      const device = link.replace('/dev/', '');
      const result = await runInstaller({ args: ['-d', device, ...it.args.slice(2)] });
      expect(result.exitCode).toBe(0);
      expect(result.stdout).toContain(`given as ${link}\n`);
    } finally {
      await rm(link);
    }
  });

  test('no Ignition config installs with a warning', async () => {
    await using it = await fixture();
    const result = await runInstaller({ args: ['-d', it.disk.path, '-b', it.imageUrl] });
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toContain('nobody will be able to log in');
  });

  test('missing ones are named with every way to give them, and the command to try', async () => {
    const result = await runInstaller({ args: ['-i', 'http://192.0.2.100/simple.json'] });
    expectFailure(result, 'parameter-missing');
    for (const way of ['-d DEVICE', '/tmp/selected_dev', 'coreos.inst.install_dev=']) {
      expect(result.stderr).toContain(way);
    }
    for (const way of ['-b URL', '/tmp/image_url', 'coreos.inst.image_url=']) {
      expect(result.stderr).toContain(way);
    }
    expect(result.stderr).toContain(
      'Try: coreos-installer -d DEVICE -i http://192.0.2.100/simple.json -b IMAGE_URL',
    );
    expect(result.diskState).toBe('Nothing was written to any disk.');
  });

  test.each([
    ['an unknown option', ['--devise', 'vda'], 'invalid-command-line', '--devise'],
    ['a value that begins with -', ['--log-file=-x'], 'invalid-command-line', '-x'],
    ['a relative URL', ['-d', 'vda', '-b', '//192.0.2.100/image'], 'invalid-url', '//192.0.2.100'],
    ['an FTP URL', ['-d', 'vda', '-b', 'ftp://192.0.2.100/image'], 'invalid-url', 'ftp'],
    ['no jobs', ['--jobs', '0'], 'invalid-command-line', '1 to 256'],
    ['a device without its value', ['-d'], 'invalid-command-line', 'argument missing'],
  ] as const)('%s is refused', async (_, args, code, words) => {
    const result = await runInstaller({ args });
    expectFailure(result, code);
    expect(result.stderr).toContain(words);
    expect(result.diskState).toMatch(/^Nothing was written to/);
  });

  describe('a kernel argument that is not understood', () => {
    test.each([
      ['coreos.inst.ignition-url=http://h/a.ign', 'kernel-argument-misspelled'],
      ['coreos.inst.ignition_url=', 'kernel-argument-empty'],
      ['coreos.inst.nonsense=1', 'kernel-argument-unknown'],
      ['coreos.inst.skip_reboot=maybe', 'kernel-argument-invalid'],
    ] as const)('%s: nothing is written', async (argument, code) => {
      await using it = await fixture();
      const before = digest(await readFile(it.disk.path));
      const required = `coreos.inst.install_dev=${it.disk.path} coreos.inst.image_url=${it.imageUrl}`;
      const result = await runInstaller({ cmdline: `${required} ${argument}` });
      expectFailure(result, code);
      expect(result.stderr).toContain(argument.replace(/=.*/, ''));
      expect(result.diskState).toBe('Nothing was written to any disk.');
      expect(result.tmpFiles).toEqual({});
      expect(digest(await readFile(it.disk.path))).toBe(before);
    });

    test('the command to try installs all the same, as the refusal says', async () => {
      await using it = await fixture();
      const cmdline = [
        `coreos.inst.install_dev=${it.disk.path} coreos.inst.image_url=${it.imageUrl}`,
        'coreos.inst.ignition-url=http://h/a.ign coreos.inst.nonsense=1',
      ].join(' ');
      const refused = await runInstaller({ cmdline });
      const [, ignored = ''] = /: echo (\S+) >> \/tmp\/ignored_args/.exec(refused.stderr) ?? [];
      expect(ignored).toBe('coreos.inst.nonsense');
      const [, command = ''] = /^Try: coreos-installer (.*)$/m.exec(refused.stderr) ?? [];
      const result = await runInstaller({
        cmdline,
        args: command.replace('http://h/a.ign', it.ignitionUrl).split(' '),
        tmpFiles: { ignored_args: `${ignored}\n` },
      });
      expect(result.stderr).toContain('coreos.inst.ignition-url is not known and is ignored; -i');
      expect(result.exitCode).toBe(0);
    });
  });

  test('root is asked for by name', async () => {
    await using it = await fixture();
    const result = await runInstaller({
      args: it.args,
      wrapper: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
    });
    expectFailure(result, 'not-root');
  });
});
