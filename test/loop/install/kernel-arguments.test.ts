import { describe, expect, test } from 'vitest';
import { blsEntryPath } from '../../support/disk-image.ts';
import { expectFailure } from '../../support/failure.ts';
import { type Fixture, fixture, ignitionConfig } from '../../support/fixture.ts';
import {
  bootFileSystem,
  hasAnyTable,
  unexpectedDifferences,
} from '../../support/installed-disk.ts';
import { type InstallerRun, runInstaller } from '../../support/installer.ts';
import { blockWith, readPage } from '../../support/pages.ts';

/** As images have it today, but for what people leave there: odd spaces, CRLF, a quoted value. */
const ofToday =
  '# made by hand\r\ntitle Fedora CoreOS 41 (ostree:1)\r\nversion 2\r\n' +
  'options  rw mitigations=auto,nosmt\t$ignition_firstboot "systemd.setenv=A=b c" ignition.platform.id=metal  \r\n' +
  'linux /ostree/fedora-coreos-45/vmlinuz\r\ninitrd /ostree/fedora-coreos-45/initramfs.img\r\n';
const todayPath = 'loader/entries/ostree-2.conf';

const table = {
  metal: { kernel_arguments: ['console=tty0', 'console=ttyS0,115200n8'], grub_commands: ['old'] },
  qemu: { kernel_arguments: ['console=ttyS0'], grub_commands: ['terminal_output serial'] },
};
const grub = (commands: string) =>
  `set a=b\n# CONSOLE-SETTINGS-START\n${commands}\n# CONSOLE-SETTINGS-END\nblscfg\n`;

/** Two entries, of 2019 and of today, with a list of platforms, and a place for the console. */
const withAll = (files: Record<string, string> = {}) =>
  fixture({
    image: {
      layout: 'today',
      withStamp: true,
      files: {
        [todayPath]: ofToday,
        'coreos/platforms.json': JSON.stringify(table),
        'grub2/grub.cfg': grub('old'),
        ...files,
      },
    },
  });

async function textOn(it: Fixture, path: string): Promise<string> {
  return (await (await bootFileSystem(it.disk.path)).read(path)).toString();
}

const entry2019 = (change: (options: string) => string) =>
  `title Fedora CoreOS 31.20191127.1 (ostree:0)
version 1
options ${change('$ignition_firstboot ostree=/ostree/boot.1/fedora-coreos/0123/0 mitigations=auto,nosmt console=tty0 console=ttyS0,115200n8 ignition.platform.id=metal')}
linux /ostree/fedora-coreos-0123/vmlinuz-5.3.11
initrd /ostree/fedora-coreos-0123/initramfs-5.3.11.img
`;
const without = (text: string) => text.replace('mitigations=auto,nosmt', '').replace('  ', ' ');

async function expectInstalled(it: Fixture): Promise<void> {
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  expect(await textOn(it, 'ignition/config.ign')).toBe(ignitionConfig);
  expect(await (await bootFileSystem(it.disk.path)).clean()).toBe(true);
}

describe.concurrent('kernel arguments', () => {
  test('are changed in each entry by options, shown before, and read back', async () => {
    await using it = await withAll();
    const args = ['--append-karg', 'a="b c"', '--append-karg', 'quiet é', '--verify'];
    const result = await runInstaller({
      args: [...it.args, ...args, '--delete-karg', 'mitigations=auto,nosmt'],
    });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stdout).toMatch(/^Kernel arguments: +added: a="b c" quiet é$/m);
    expect(result.stdout).toMatch(/^ +removed: mitigations=auto,nosmt$/m);
    expect(result.stderr).toMatch(/An upgrade .* may split a="b c"/);
    await expectInstalled(it);
    expect(await textOn(it, blsEntryPath)).toBe(
      entry2019((options) => `${without(options)} a="b c" quiet é`),
    );
    expect(await textOn(it, todayPath)).toBe(
      ofToday
        .replace(' mitigations=auto,nosmt', '')
        .replace('=metal  ', '=metal a="b c" quiet é  '),
    );
    expect(await textOn(it, 'grub2/grub.cfg')).toBe(grub('old'));
    // For the next run, as they were given.
    expect(result.tmpFiles['append_karg']).toMatch(/^a="b c" quiet .+\n$/);
  });

  test('come from files and the kernel command line, each line and argument one', async () => {
    await using it = await withAll();
    const result = await runInstaller({
      args: it.args,
      tmpFiles: { append_karg: 'x=1\ny="2 3"\n' },
      cmdline:
        'coreos.inst.delete_karg=rw coreos.inst.append_karg=no coreos.inst.delete_karg=nothing',
    });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stdout).toMatch(/Arguments to add: +x=1 y="2 3" \(from \/tmp\/append_karg\)/);
    expect(result.stderr).toContain('do not include nothing: nothing was removed');
    expect(await textOn(it, blsEntryPath)).toBe(entry2019((options) => `${options} x=1 y="2 3"`));
    expect(await textOn(it, todayPath)).toBe(
      ofToday.replace('  rw ', ' ').replace('=metal  ', '=metal x=1 y="2 3"  '),
    );
  });

  test('are in a config file as in the documentation, after install', async () => {
    await using it = await withAll();
    const yaml = blockWith(readPage('kernel-arguments.md'), 'yaml', 'append-karg');
    const result = await runInstaller({
      args: ['install', it.disk.path, '-c', '/tmp/kargs.yaml', '-u', it.imageUrl, '--insecure'],
      tmpFiles: { 'kargs.yaml': yaml },
    });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stdout).toMatch(
      /Arguments to add: +rd\.multipath=.* \(from \/tmp\/kargs\.yaml:1\)/,
    );
    expect(result.stderr).toContain('do not include quiet: nothing was removed');
    expect(await textOn(it, blsEntryPath)).toBe(
      entry2019((all) => `${all} rd.multipath=default root=/dev/disk/by-label/dm-mpath-root`),
    );
  });

  test('that cannot be used are refused before the first write', async () => {
    await using it = await fixture();
    const run = (...more: string[]) => runInstaller({ args: [...it.args, ...more] });
    const refused = await run('--append-karg', 'root=$root');
    expectFailure(refused, 'invalid-kernel-argument');
    expect(refused.diskState).toMatch(/^Nothing was written/);
    expectFailure(await run('--append-karg', 'a="b'), 'invalid-command-line');
    expectFailure(await run('--delete-karg', ' '), 'invalid-kernel-argument');
    expectFailure(await run('--console', 'console=tty0'), 'invalid-console');
    const cmdline = 'coreos.inst.append_karg="x"y';
    expectFailure(await runInstaller({ args: it.args, cmdline }), 'kernel-argument-invalid');
    expect(it.server.requests).toEqual([]);
  });

  test.each([
    [
      'no options line',
      'title x\nlinux /b\n',
      /ostree-2\.conf in loader\/entries: it has no options/,
    ],
    ['two of them', `${ofToday}options b\n`, /ostree-2\.conf in loader\/entries, line 7: a second/],
    ['one that GRUB does not reach', `linux /b\n\noptions a\n`, /line 3: GRUB stops .* line 2/],
    ['an open quote', `linux /b\noptions a="b\n`, /line 2: a quote is not closed/],
    ['a truncated command line', `linux /b\noptions ${'a'.repeat(2040)}\n`, /has 20\d\d bytes/],
  ])('of an entry with %s are not set: the disk is not bootable', async (_, entry, words) => {
    await using it = await withAll({ [todayPath]: entry });
    const result = await runInstaller({ args: [...it.args, '--append-karg', 'a'] });
    expectFailure(result, 'kernel-arguments-not-settable');
    expect(result.stderr).toMatch(words);
    expect(result.diskState).toMatch(/no partition table|not boot/);
    expect(await hasAnyTable(it.disk.path)).toBe(false);
  });
});

describe.concurrent('consoles', () => {
  test('are those of the kernel and of GRUB', async () => {
    await using it = await withAll();
    const words = '--console tty0 --console ttyS1,9600e7'.split(' ');
    const result = await runInstaller({ args: [...it.args, ...words, '--verify'] });
    expect(result.complaints).toBe('');
    expect(result.stdout).toMatch(/^Console: +console=tty0 console=ttyS1,9600e7, also for GRUB$/m);
    await expectInstalled(it);
    expect(await textOn(it, blsEntryPath)).toBe(
      entry2019((all) =>
        all
          .replace('console=tty0 console=ttyS0,115200n8 ', '')
          .replace(/$/, ' console=tty0 console=ttyS1,9600e7'),
      ),
    );
    expect(await textOn(it, 'grub2/grub.cfg')).toBe(
      grub(
        'serial --unit=1 --speed=9600 --word=7 --parity=even\n' +
          'terminal_input console serial\nterminal_output console serial',
      ),
    );
  });

  test('of another platform are those that the image lists', async () => {
    await using it = await withAll();
    const result = await runInstaller({ args: [...it.args, '-p', 'qemu'] });
    expect(result.complaints).toBe('');
    expect(await textOn(it, blsEntryPath)).toBe(
      entry2019((all) =>
        `${all.replace('console=tty0 console=ttyS0,115200n8 ', '')} console=ttyS0`.replace(
          '=metal',
          '=qemu',
        ),
      ),
    );
    expect(await textOn(it, 'grub2/grub.cfg')).toBe(grub('terminal_output serial'));
  });

  test('of an image without a place for them are not set', async () => {
    await using it = await fixture();
    const result = await runInstaller({ args: [...it.args, '--console', 'tty0'] });
    expectFailure(result, 'console-not-settable');
    expect(result.stderr).toContain('--append-karg console=');
    expect(await hasAnyTable(it.disk.path)).toBe(false);
  });
});

/** The command of the page with that in it, for the disk and the files of a fixture. */
function documented(words: string, it: Fixture): string[] {
  return blockWith(readPage('kernel-arguments.md'), 'sh', words)
    .replaceAll('\\\n', ' ')
    .replace(/\/dev\/sda|(?<=-d )vda/, it.disk.path)
    .replace('http://192.0.2.100:8080/config.ign', it.ignitionUrl)
    .replace('http://192.0.2.100:8080/fcos.raw.xz', it.imageUrl)
    .trim()
    .split(/\s+/)
    .slice(1);
}

describe.concurrent('the documented command', () => {
  test.each<[string, (it: Fixture) => string[], string]>([
    ['--delete-karg mitigations', () => [], ' mitigations=off'],
    ['rd.multipath', (it) => ['-u', it.imageUrl, '--insecure'], 'dm-mpath-root rw'],
    ['--console tty0', () => [], ' console=tty0 console=ttyS0,115200n8'],
    ['--platform qemu', (it) => ['-u', it.imageUrl, '--insecure'], 'ignition.platform.id=qemu'],
  ])('with %s does what the page says', async (words, more, expected) => {
    await using it = await withAll();
    const run: InstallerRun = { args: [...documented(words, it), ...more(it)] };
    const result = await runInstaller(run);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(await textOn(it, blsEntryPath)).toContain(expected);
  });
});
