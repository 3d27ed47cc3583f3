import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stubs } from './stub-build.ts';

const media = join(import.meta.dirname, '../../../media');

function kernelArguments(more: string) {
  const script = `here='${media}'; . '${media}/lib.sh'; kernel_arguments`;
  return spawnSync('sh', ['-c', script], {
    env: { ...process.env, KARGS: more },
    encoding: 'utf8',
  });
}

test('KARGS stand behind the arguments that every medium has', () => {
  const { stdout } = kernelArguments(' coreos.inst.install_dev=sda   ip=dhcp ');
  expect(stdout).toMatch(/^\S.* coreos\.inst=yes coreos\.inst\.install_dev=sda ip=dhcp\n$/);
});

test.each([
  [undefined, '5', '50'],
  ['0', '0', '1'],
  ['30', '30', '300'],
  ['-1', '-1', '0'],
])('a TIMEOUT of %s is that of both boot menus', (given, grub, isolinux) => {
  const script = `here='${media}'; . '${media}/lib.sh'; menu_timeout; isolinux_timeout "$(menu_timeout)"`;
  const { TIMEOUT: _, ...others } = process.env;
  const env = { ...others, ...(given !== undefined && { TIMEOUT: given }) };
  expect(execFileSync('sh', ['-c', script], { env }).toString()).toBe(`${grub}\n${isolinux}\n`);
});

test('what is looked at for a change are the CA certificates that the medium gets', () => {
  const read = (name: string) => readFileSync(join(media, name), 'utf8');
  const places = /^install_certificates.*?^}/ms
    .exec(read('../dracut/30coreos-installer/module-setup.sh'))?.[0]
    .match(/\/etc\/\S+/g);
  const [, looked = ''] = /\$\{authority_files:-(.*?)}/s.exec(read('lib.sh')) ?? [];
  expect(looked.match(/\/etc\/\S+/g)).toEqual(places);
  expect(places).toHaveLength(5);
});

test('the initramfs is built again after a change of firmware, CA certificates or modules', () => {
  const directory = mkdtempSync(join(tmpdir(), 'collected-'));
  try {
    const place = (name: string) => join(directory, name);
    for (const name of ['modules', 'firmware']) mkdirSync(place(name));
    writeFileSync(place('ca.crt'), 'one');
    writeFileSync(place('modules/a.ko'), 'a');
    const env = {
      ...process.env,
      firmware_directory: place('firmware'),
      authority_files: place('ca.crt'),
    };
    const script = `here='${media}'; . '${media}/lib.sh'; collected_files '${place('modules')}'`;
    const collected = () => execFileSync('sh', ['-c', script], { env }).toString();
    const states = [collected()];
    expect(collected()).toBe(states[0]);
    for (const [name, text] of [
      ['ca.crt', 'two'],
      ['firmware/card.bin', 'x'],
      ['modules/b.ko', 'b'],
      ['modules/a.ko', 'longer'],
    ] as const) {
      writeFileSync(place(name), text);
      states.push(collected());
    }
    expect(new Set(states).size).toBe(5);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('the initramfs is built without the settings of dracut that a distribution has', () => {
  using made = stubs();
  made.write('dracut/dracut.conf.d/01-debian.conf', 'prefer_dracutmodules+=" busybox "');
  expect(made.build('build-initramfs.sh')).toEqual({ status: 0, stderr: '' });
  expect(made.read('work/initramfs.img')).toBe('initramfs \n');
  const seen = made.read('modules-seen').trim().split('\n');
  expect(seen).toEqual(expect.arrayContaining(['10bash', '30coreos-installer']));
});

test('what a server sends is replaced at the end of the build, by files that are complete', () => {
  using made = stubs();
  const served = () => {
    const all = readdirSync(made.place('output/pxe'), { recursive: true, withFileTypes: true });
    const paths = all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    return Object.fromEntries(
      paths
        .map((path) => path.slice(made.place('output/pxe/').length))
        .filter((name) => !name.startsWith('.new/'))
        .map((name) => [name, made.read(`output/pxe/${name}`)]),
    );
  };
  made.write('output/pxe/own', 'of the administrator');
  expect(made.build('build-pxe.sh').status).toBe(0);
  const before = served();
  expect(before).toMatchObject({ own: 'of the administrator', 'initramfs.img': 'initramfs \n' });
  expect(before['boot.ipxe']).toContain('coreos.inst=yes\n');

  made.write('vmlinuz-6.99.0-test', 'a newer kernel');
  made.write('program', 'a newer program');
  made.write('bin/mv', `#!/bin/sh\ncase $* in *output/pxe*) exit 1 ;; esac\nexec /bin/mv "$@"\n`);
  expect(made.build('build-pxe.sh', { KARGS: 'one.more' }).status).toBe(1);
  expect(served()).toEqual(before);

  rmSync(made.place('bin/mv'));
  expect(made.build('build-pxe.sh', { KARGS: 'one.more' }).status).toBe(0);
  const after = served();
  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(after).toMatchObject({ own: 'of the administrator', vmlinuz: 'a newer kernel' });
  expect(after['boot.ipxe']).toContain('coreos.inst=yes one.more\n');
  expect(existsSync(made.place('output/pxe/.new'))).toBe(false);
});

test.each(['a="b c"', "a='b'", 'a=b\\c'])('KARGS %s are refused', (more) => {
  const { status, stderr } = kernelArguments(more);
  expect(status).toBe(1);
  expect(stderr).toContain('KARGS contains a quote or a backslash');
});

test.each(['u=http://h/a?b&c', 'a;b', 'a=$b', 'a|b', 'a>b', '{', '#x', 'a #x'])(
  'KARGS %s are refused, which GRUB would interpret',
  (more) => {
    const { status, stderr } = kernelArguments(more);
    expect(status).toBe(1);
    expect(stderr).toContain('KARGS contains a character that GRUB interprets');
  },
);

test('KARGS may have a # within a word', () => {
  expect(kernelArguments('a=b#c').stdout).toContain(' a=b#c\n');
});

test('KERNEL and MODULES name another kernel', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kernel-'));
  try {
    const modules = join(directory, '6.99.0-test');
    mkdirSync(modules);
    const kernel = join(directory, 'vmlinuz-6.99.0-test');
    writeFileSync(kernel, 'a kernel');
    const obtain = (file: string) =>
      execFileSync(join(media, 'obtain-kernel.sh'), {
        env: { ...process.env, KERNEL: kernel, MODULES: file, WORK: directory },
        encoding: 'utf8',
        stdio: 'pipe',
      });
    expect(() => obtain(modules)).toThrow(/no kernel modules in .*: set MODULES=/);

    writeFileSync(join(modules, 'modules.dep'), '');
    const obtained = obtain(modules).trim();
    expect(readFileSync(join(obtained, 'vmlinuz'), 'utf8')).toBe('a kernel');
    expect(readFileSync(join(obtained, 'version'), 'utf8')).toBe('6.99.0-test\n');
    expect(realpathSync(join(obtained, 'modules'))).toBe(realpathSync(modules));
  } finally {
    rmSync(directory, { recursive: true });
  }
});

describe('KERNEL for one architecture', () => {
  /** The first bytes of a kernel for UEFI, with this machine in its header. */
  const efi = (machine: number) => {
    const bytes = Buffer.alloc(1024);
    bytes.write('MZ');
    bytes.writeUInt32LE(0x80, 60);
    bytes.write('PE', 0x80);
    bytes.writeUInt16LE(machine, 0x84);
    return bytes;
  };
  const bios = Buffer.alloc(1024);
  bios.write('HdrS', 514);

  test.each([
    ['arm64', 'x86_64', efi(0x8664), 'is for amd64, the media are for arm64'],
    ['arm64', 'x86_64, BIOS alone', bios, 'is for amd64, the media are for arm64'],
    ['x86_64', 'arm64', efi(0xaa64), 'is for arm64, the media are for amd64'],
    ['x86_64', '32-bit UEFI', efi(0x014c), 'is for another architecture, the media are for amd64'],
    ['arm64', 'arm64', efi(0xaa64), 'no kernel modules'],
    ['x86_64', 'x86_64', efi(0x8664), 'no kernel modules'],
    ['arm64', 'compressed', Buffer.from([0x1f, 0x8b]), 'no kernel modules'],
  ])('on media for %s: %s', (architecture, _kind, bytes, expected) => {
    const directory = mkdtempSync(join(tmpdir(), 'kernel-'));
    const kernel = join(directory, 'vmlinuz-6.99.0-test');
    writeFileSync(kernel, bytes);
    const { status, stderr } = spawnSync(join(media, 'obtain-kernel.sh'), {
      env: { ...process.env, KERNEL: kernel, MODULES: '', WORK: directory, ARCH: architecture },
      encoding: 'utf8',
    });
    rmSync(directory, { recursive: true });
    expect(stderr).toContain(expected);
    expect(status).toBe(1);
  });
});

/**
 * A kernel package with these files in its directory of modules, or two with the kernel and the modules, and
 * what unpacking makes of them.
 */
function unpacked(lib: string, modules: readonly string[], isSplit = false) {
  const directory = mkdtempSync(join(tmpdir(), 'kernel-'));
  const write = (name: string, content: string) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  };
  const [binary, others] = ['linux', isSplit ? 'linux-modules' : 'linux'];
  const names = [...new Set([binary, others])];
  write(`${binary}/boot/vmlinuz-6.99.0`, 'a kernel');
  write(`${others}/${lib}/modules/6.99.0/modules.order`, '');
  for (const name of modules)
    write(`${others}/${lib}/modules/6.99.0/kernel/drivers/${name}`, 'a module');
  const packages = names.map((name) => {
    const control = `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: a\nDescription: b\n`;
    write(`${name}/DEBIAN/control`, control);
    const deb = join(directory, `${name}.deb`);
    execFileSync('dpkg-deb', ['--build', '-Znone', join(directory, name), deb]);
    return deb;
  });
  const target = join(directory, 'a target');
  const { status, stderr } = spawnSync(join(media, 'unpack-kernel.sh'), [target, ...packages], {
    env: { ...process.env, WORK: directory },
    encoding: 'utf8',
  });
  const read = (name: string) => readFileSync(join(target, name), 'utf8');
  const made = status === 0 ? { kernel: read('vmlinuz'), version: read('version') } : undefined;
  const found = status === 0 ? readdirSync(join(target, 'modules/kernel/drivers')).toSorted() : [];
  const isIndexed = existsSync(join(target, 'modules/modules.dep.bin'));
  rmSync(directory, { recursive: true });
  return { status, stderr, made, found, isIndexed };
}

describe('a kernel package', () => {
  test.each([
    ['lib', ['a.ko', 'b.ko'], ['a.ko.zst', 'b.ko.zst']],
    ['usr/lib', ['a.ko', 'b.ko'], ['a.ko.zst', 'b.ko.zst']],
    ['lib', ['a.ko.xz'], ['a.ko.xz']],
    ['usr/lib', ['a.ko.xz'], ['a.ko.xz']],
    ['usr/lib', ['a.ko.zst'], ['a.ko.zst']],
  ])('with modules in %s: %j', (lib, modules, expected) => {
    const { made, found, isIndexed, stderr } = unpacked(lib, modules);
    expect({ made, found, isIndexed }, stderr).toEqual({
      made: { kernel: 'a kernel', version: '6.99.0\n' },
      found: expected,
      isIndexed: true,
    });
  });

  test('in two packages, as since Linux 6.19, is one', () => {
    const { made, found, stderr } = unpacked('usr/lib', ['a.ko.xz'], true);
    expect(made, stderr).toEqual({ kernel: 'a kernel', version: '6.99.0\n' });
    expect(found).toEqual(['a.ko.xz']);
  });

  test('without any module is refused', () => {
    const { status, stderr } = unpacked('usr/lib', []);
    expect(status).toBe(1);
    expect(stderr).toMatch(/linux\.deb contains no kernel modules in usr\/lib\/modules\/6\.99\.0/);
  });
});
