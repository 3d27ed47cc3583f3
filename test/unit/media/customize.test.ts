import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { formsOnMedium, refusedOptions } from '../../../src/commands/install/todays-options.ts';
import { validateIgnition } from '../../../src/config/ignition/validate.ts';
import { defaultKargs, features, makeLiveInitrd, makeLiveIso } from '../../support/live-iso.ts';
import { runHere } from '../../support/run-here.ts';

let directory: string;
let pristine: string;
const iso = 'test.iso';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'customize-'));
  process.chdir(directory);
  pristine = makeLiveIso(directory, {}, 'pristine.iso');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const certificate = ['-keyout', 'key.pem', '-subj', '/CN=x', '-out', 'ca.pem'];
  execFileSync('openssl', ['req', '-x509', ...key, ...certificate], { stdio: 'pipe' });
  execFileSync('openssl', ['x509', '-in', 'ca.pem', '-outform', 'der', '-out', 'ca.der']);
  const pem = readFileSync('ca.pem', 'utf8');
  writeFileSync('both.pem', pem + pem.replace(/^M.{20}/m, 'AAAA'));
  writeFileSync('.hook', '#!/bin/bash\n');
  for (const name of ['a', 'b']) writeFileSync(`${name}.ign`, config(name));
  writeFileSync('hook.sh', '#!/bin/bash\necho hook\n');
  writeFileSync('eth0.nmconnection', '[connection]\nid=eth0\ntype=ethernet\n');
});
afterAll(() => {
  process.chdir('/');
  rmSync(directory, { recursive: true });
});
beforeEach(() => copyFileSync(pristine, iso));

const config = (name: string) =>
  `{"ignition":{"version":"3.1.0"},"passwd":{"users":[{"name":"${name}","passwordHash":"$y$x"}]}}`;
const customize = (...args: string[]) => runHere('iso', 'customize', ...args, iso);
async function customized(...args: string[]): Promise<string> {
  const { stderr, exitCode } = await customize(...args);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return stderr;
}

interface Resource {
  readonly source: string;
  readonly compression: string;
}
interface Live {
  readonly ignition: {
    readonly version: string;
    readonly config?: { readonly merge: readonly Resource[] };
    readonly security?: { readonly tls: { readonly certificateAuthorities: readonly Resource[] } };
  };
  readonly storage?: {
    readonly files: readonly {
      readonly path: string;
      readonly mode: number;
      readonly contents: Resource;
    }[];
  };
  readonly systemd?: {
    readonly units: readonly {
      readonly name: string;
      readonly enabled: boolean;
      readonly contents: string;
    }[];
  };
}

const content = ({ source, compression }: Resource): string => {
  expect(compression).toBe('gzip');
  const [, data = ''] = /^data:;base64,(.*)$/.exec(source) ?? [];
  return gunzipSync(Buffer.from(data, 'base64')).toString();
};

async function live(): Promise<Live> {
  const { text } = await runHere('iso', 'ignition', 'show', iso);
  expect(text.at(-1)).toBe('\n');
  const errors = validateIgnition(Buffer.from(text)).findings.filter(
    ({ severity }) => severity !== 'warning',
  );
  expect(errors).toEqual([]);
  return JSON.parse(text);
}

/** Mode and content by path. */
async function files(): Promise<Record<string, [string, string]>> {
  const { storage } = await live();
  return Object.fromEntries(
    (storage?.files ?? []).map(({ path, mode, contents }) => [
      path,
      [mode.toString(8), content(contents)],
    ]),
  );
}

describe('iso customize', () => {
  test('a disk and a config become files for the installer of the live system', async () => {
    const stderr = await customized('--dest-device', '/dev/vda', '--dest-ignition', 'a.ign');
    expect(stderr).toBe(
      'Boot media will automatically install to /dev/vda without confirmation.\n',
    );
    const found = await files();
    expect(Object.keys(found)).toEqual([
      '/etc/coreos/installer.d/0000-customize.yaml',
      '/etc/coreos/dest.ign',
    ]);
    const [mode, yaml] = found['/etc/coreos/installer.d/0000-customize.yaml'] ?? [];
    expect(mode).toBe('600');
    expect(parse(yaml ?? '')).toEqual({
      'dest-device': '/dev/vda',
      'ignition-file': '/etc/coreos/dest.ign',
    });
    expect(found['/etc/coreos/dest.ign']).toEqual(['600', config('a')]);
    expect((await live()).ignition.version).toBe('3.3.0');
    expect((await runHere('iso', 'kargs', 'show', iso)).text).toBe(`${defaultKargs}\n`);
  });

  test('several configs, and one with a certificate, are merged', async () => {
    await customized('--dest-device=/dev/vda', '--dest-ignition=a.ign', '--dest-ignition=b.ign');
    const several = JSON.parse((await files())['/etc/coreos/dest.ign']?.[1] ?? '') as Live;
    expect(several.ignition.config?.merge.map(content)).toEqual([config('a'), config('b')]);
    const pem = readFileSync('ca.pem', 'utf8');
    writeFileSync('text.pem', `# mine\n${pem}\n# end\n`);
    await customized(
      '-f',
      '--dest-device=/dev/vda',
      '--dest-ignition=a.ign',
      '--ignition-ca=text.pem',
    );
    const one = JSON.parse((await files())['/etc/coreos/dest.ign']?.[1] ?? '') as Live;
    for (const { ignition } of [one, await live()])
      expect(ignition.security?.tls.certificateAuthorities.map(content)).toEqual([pem]);
    expect(one.ignition.config?.merge.map(content)).toEqual([config('a')]);
  });

  test('options of the installer, its own configs first, and keyfiles that are copied', async () => {
    writeFileSync('site.yaml', '# as it is\nimage-url: https://h/x\ninsecure: true\n');
    const args = ['--dest-device=/dev/vda', '--dest-console=ttyS1,9600', '--dest-console=tty0'];
    args.push(
      '--dest-karg-append=a=b c',
      '--dest-karg-delete=quiet',
      '--installer-config=site.yaml',
    );
    await customized(...args, '--network-keyfile=eth0.nmconnection');
    const found = await files();
    expect(found['/etc/coreos/installer.d/0000-site.yaml']).toEqual([
      '600',
      readFileSync('site.yaml', 'utf8'),
    ]);
    expect(parse(found['/etc/coreos/installer.d/0001-customize.yaml']?.[1] ?? '')).toEqual({
      'dest-device': '/dev/vda',
      console: ['ttyS1,9600', 'tty0'],
      'append-karg': ['a=b c'],
      'delete-karg': ['quiet'],
      'copy-network': true,
    });
    expect((await runHere('iso', 'network', 'extract', iso)).text).toContain('id=eth0');
  });

  test('keyfiles, hooks and a config for the live system alone start no installation', async () => {
    const args = [
      '--network-keyfile=eth0.nmconnection',
      '--live-ignition=a.ign',
      '--live-ignition=b.ign',
    ];
    const stderr = await customized(...args, '--pre-install=hook.sh');
    expect(stderr).toContain('only run if kernel arguments start one');
    const { ignition } = await live();
    expect(ignition.config?.merge.map(content)).toEqual([config('a'), config('b')]);
    expect(Object.keys(await files())).toEqual(['/usr/local/bin/pre-install-hook.sh']);
  });

  test('without anything for the live system there is no config, which would disable autologin', async () => {
    await customized('--network-keyfile=eth0.nmconnection', '--live-karg-append=a');
    expect((await runHere('iso', 'ignition', 'show', iso)).stderr).toContain(
      'No embedded Ignition config',
    );
  });

  test('hooks are programs with units, before and after the installation', async () => {
    const args = ['--dest-device=/dev/vda', '--pre-install=hook.sh', '--post-install=hook.sh'];
    await customized(...args);
    const found = await files();
    for (const kind of ['pre', 'post'])
      expect(found[`/usr/local/bin/${kind}-install-hook.sh`]).toEqual([
        '700',
        '#!/bin/bash\necho hook\n',
      ]);
    const [before, after] = (await live()).systemd?.units ?? [];
    expect(before).toMatchObject({ name: 'pre-install-hook.sh.service', enabled: true });
    expect(after).toMatchObject({ name: 'post-install-hook.sh.service', enabled: true });
    const lines = (text = '') => text.split('\n').filter((line) => line.includes('='));
    expect(lines(before?.contents)).toEqual([
      'Description=Before the installation: hook.sh',
      'After=coreos-installer-pre.target',
      'Before=coreos-installer.service',
      'Type=oneshot',
      'RemainAfterExit=true',
      'ExecStart=/usr/local/bin/pre-install-hook.sh',
      'StandardOutput=kmsg+console',
      'StandardError=kmsg+console',
      'RequiredBy=coreos-installer.service',
    ]);
    expect(lines(after?.contents)).toEqual(
      expect.arrayContaining([
        'After=coreos-installer.service',
        'Before=coreos-installer.target',
        'ExecStart=/usr/local/bin/post-install-hook.sh',
        'RequiredBy=coreos-installer.target',
      ]),
    );
  });

  test('kernel arguments of the live system are changed from the default ones', async () => {
    await customized('--live-karg-append=a=1', '--live-karg-delete=ignition.firstboot');
    await customized('-f', '--live-karg-replace=ignition.platform.id=metal=qemu');
    const { text } = await runHere('iso', 'kargs', 'show', iso);
    expect(text).toBe(`${defaultKargs.replace('id=metal', 'id=qemu')}\n`);
  });

  test('a customized image is refused without --force, by whatever it is customized', async () => {
    const why = 'This ISO image is already customized; use -f to force.';
    await customized('--live-karg-append=a');
    const first = await customize('--dest-device=/dev/vda');
    expect(first).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(why) });
    copyFileSync(pristine, iso);
    await customized('--network-keyfile=eth0.nmconnection');
    const before = readFileSync(iso);
    expect((await customize('--dest-device=/dev/vda')).stderr).toContain(why);
    expect(readFileSync(iso).equals(before)).toBe(true);
    await customized('-f', '--dest-device=/dev/vda');
    expect((await runHere('iso', 'network', 'extract', iso)).exitCode).toBe(1);
  });

  test('a Butane config is translated', async () => {
    writeFileSync(
      'c.yaml',
      'variant: fcos\nversion: 1.4.0\npasswd: {users: [{name: core, password_hash: x}]}\n',
    );
    await customized('--dest-device=/dev/vda', '--dest-ignition=c.yaml');
    expect(JSON.parse((await files())['/etc/coreos/dest.ign']?.[1] ?? '').ignition.version).toBe(
      '3.3.0',
    );
  });

  const refused: [string, string[], string][] = [
    ['a config that is none', ['--dest-ignition=hook.sh'], 'parsing Ignition config hook.sh'],
    ['a live config that is none', ['--live-ignition=hook.sh'], 'parsing Ignition config hook.sh'],
    [
      'two keyfiles of one name',
      ['--network-keyfile=eth0.nmconnection', '--network-keyfile=./eth0.nmconnection'],
      'config already specifies keyfile eth0.nmconnection',
    ],
    [
      'two hooks of one name',
      ['--pre-install=hook.sh', '--pre-install=./hook.sh'],
      'config already specifies path /usr/local/bin/pre-install-hook.sh',
    ],
    ['a hook that is no program', ['--pre-install=a.ign'], 'it is not a program'],
    [
      'a certificate that is none',
      ['--ignition-ca=a.ign'],
      'it is not a CA certificate in PEM format',
    ],
    ['a certificate in DER', ['--ignition-ca=ca.der'], 'there is no BEGIN CERTIFICATE in it'],
    [
      'a second certificate that is damaged',
      ['--ignition-ca=both.pem'],
      'it is not a CA certificate',
    ],
    ['a hidden hook', ['--pre-install=.hook'], 'a unit cannot be named after it'],
    ['a device that is none', ['--dest-device=vda'], 'it is no device'],
    ['a console that is none', ['--dest-console=/dev/ttyS0'], 'it is neither tty0'],
    [
      'a kernel argument with a line break',
      ['--live-karg-append=a\nmenuentry x'],
      'it contains a control character',
    ],
    [
      'a replacement of no value',
      ['--live-karg-replace=a=b'],
      'Wrong input, format should be: KEY=OLD=NEW',
    ],
    [
      'two disks',
      ['--dest-device=/dev/vda', '--installer-config=disk.yaml'],
      'there are two destination devices: /dev/vdb, /dev/vda',
    ],
    [
      'an installer config with an unknown option',
      ['--installer-config=odd.yaml'],
      'unknown option image-uri',
    ],
    [
      'an option that this release does not know',
      ['--installer-config=new.yaml'],
      'This OS image does not support customizing secure-ipl',
    ],
    ['a file that is not there', ['--dest-ignition=missing.ign'], 'missing.ign'],
  ];
  test.each(refused)('%s is refused, and the image is not changed', async (_, args, why) => {
    writeFileSync('disk.yaml', 'dest-device: /dev/vdb\n');
    writeFileSync('odd.yaml', 'image-uri: x\n');
    writeFileSync('new.yaml', 'secure-ipl: true\n');
    const { exitCode, stderr } = await customize(...args);
    expect(stderr).toContain(why);
    expect(exitCode).toBe(why.includes('unknown option') ? 2 : 1);
    expect(readFileSync(iso).equals(readFileSync(pristine))).toBe(true);
  });

  test('nmstate is refused with the reason, on the command line', async () => {
    await expect(customize('--network-nmstate=x.yaml')).rejects.toThrow(
      'nmstatectl gc x.yaml prints the keyfiles',
    );
  });

  const { 'installer-config-directives': directives, ...flags } = features;
  const old: [string, object | undefined, string[], string][] = [
    [
      'network settings',
      { ...features, 'live-initrd-network': false },
      ['--network-keyfile=eth0.nmconnection'],
      'network settings',
    ],
    ['installer configs', undefined, ['--dest-device=/dev/vda'], 'installer configuration'],
    ['consoles', flags, ['--dest-console=tty0'], 'the destination console'],
    [
      'consoles, in its list',
      { ...flags, 'installer-config-directives': { ...directives, console: false } },
      ['--dest-console=tty0'],
      'the destination console',
    ],
  ];
  test.each(old)('an image that does not know %s is refused', async (_, given, args, what) => {
    makeLiveIso(directory, { features: given }, iso);
    const { exitCode, stderr } = await customize(...args);
    expect(stderr).toContain(`This OS image does not support customizing ${what}.`);
    expect(exitCode).toBe(1);
  });

  test('an image without areas for kernel arguments is customized otherwise', async () => {
    makeLiveIso(directory, { kargsInfo: undefined }, iso);
    const { stderr } = await customize('--live-karg-append=a');
    expect(stderr).toContain('This OS image does not support customizing live kernel arguments.');
    await customized('--dest-device=/dev/vda');
  });
});

const own = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../../../dracut/30coreos-installer/features.json'),
    'utf8',
  ),
);

describe('a medium of this program', () => {
  beforeEach(() => makeLiveIso(directory, { features: own }, iso));
  const directives = Object.keys(own['installer-config-directives']);

  /** The files in its initramfs. */
  async function inside(): Promise<Record<string, string>> {
    const { offset, length } = JSON.parse(
      (await runHere('dev', 'show', 'iso', '--ignition', iso)).text,
    );
    writeFileSync('area.img', readFileSync(iso).subarray(offset, offset + length));
    rmSync('area', { recursive: true, force: true });
    await runHere('dev', 'extract', 'initrd', '-C', 'area', 'area.img');
    const { text } = await runHere('dev', 'show', 'initrd', 'area.img');
    const paths = text.split('\n').filter(Boolean);
    return Object.fromEntries(
      paths.map((path) => [path, readFileSync(join('area', path), 'utf8')]),
    );
  }

  test('says which options its config files may have', () => {
    const refused = new Set(Object.keys(refusedOptions));
    const names = formsOnMedium()
      .map(({ name }) => name)
      .filter((name) => !refused.has(`--${name}`));
    expect(directives).toEqual(names.toSorted());
  });

  test('has the files themselves in its initramfs', async () => {
    writeFileSync('site.yaml', 'verify: true\nimage-url: https://h/x.raw.xz\n');
    const args = [
      '--dest-device=largest,bus=nvme',
      '--dest-ignition=a.ign',
      '--installer-config=site.yaml',
    ];
    await customized(
      ...args,
      '--ignition-ca=ca.pem',
      '--pre-install=hook.sh',
      '--post-install=hook.sh',
    );
    const {
      'etc/coreos/dest.ign': dest,
      'etc/coreos/installer.d/0001-customize.yaml': yaml,
      ...others
    } = await inside();
    expect(parse(yaml ?? '')).toEqual({
      'dest-device': 'largest,bus=nvme',
      'ignition-file': '/etc/coreos/dest.ign',
    });
    expect(JSON.parse(dest ?? '').ignition.config.merge.map(content)).toEqual([config('a')]);
    expect(others).toEqual({
      'etc/coreos/ca.pem': `${readFileSync('ca.pem', 'utf8')}\n`,
      'etc/coreos/installer.d/0000-site.yaml': readFileSync('site.yaml', 'utf8'),
      'etc/coreos/post-install.d/hook.sh': readFileSync('hook.sh', 'utf8'),
      'etc/coreos/pre-install.d/hook.sh': readFileSync('hook.sh', 'utf8'),
    });
  });

  test.each([
    ['--live-ignition=a.ign', 'nothing reads it'],
    ['--network-keyfile=hall.nmconnection', 'type=wifi: no kernel argument expresses Wi-Fi'],
  ])('refuses %s, and stays as it was', async (option, why) => {
    writeFileSync('hall.nmconnection', '[connection]\ntype=wifi\n[wifi]\nssid=hall\n');
    const before = readFileSync(iso);
    const { stderr, exitCode } = await customize(option);
    expect(stderr).toContain(why);
    expect(exitCode).toBe(1);
    const embedded = await runHere('iso', 'ignition', 'embed', '-i', 'a.ign', iso);
    expect(embedded.stderr).toContain('nothing reads it');
    expect(embedded.exitCode).toBe(1);
    expect(
      (await runHere('iso', 'network', 'embed', '-k', 'hall.nmconnection', iso)).exitCode,
    ).toBe(1);
    expect(readFileSync(iso).equals(before)).toBe(true);
  });

  const fixed =
    '[connection]\ntype=ethernet\ninterface-name=eth0\n' +
    '[ipv4]\nmethod=manual\naddress1=192.0.2.5/24\ndns-search=example.com;\n';
  const words = 'ip=192.0.2.5:::255.255.255.0::eth0:none\n';
  const untold = 'The medium does without these settings of fixed.nmconnection: ipv4.dns-search.';

  test('has keyfiles, and the same as kernel arguments', async () => {
    writeFileSync('fixed.nmconnection', fixed);
    const said = await customized('--network-keyfile=fixed.nmconnection', '--dest-device=/dev/vda');
    expect(said).toContain(untold);
    expect(await inside()).toEqual({
      'etc/coreos-firstboot-network/fixed.nmconnection': fixed,
      'etc/coreos/installer.d/0000-customize.yaml': 'dest-device: /dev/vda\n',
      'etc/coreos/network.conf': words,
    });
  });

  test('iso network embed and remove: both come and go, the rest stays', async () => {
    writeFileSync('fixed.nmconnection', fixed);
    writeFileSync('other.nmconnection', fixed.replaceAll('192.0.2.5', '192.0.2.6'));
    await customized('--dest-device=/dev/vda');
    const rest = await inside();
    const embed = async (...args: string[]) =>
      await runHere('iso', 'network', 'embed', ...args, iso);
    expect((await embed('-k', 'fixed.nmconnection')).stderr).toContain(untold);
    expect(await inside()).toMatchObject({ ...rest, 'etc/coreos/network.conf': words });
    expect((await embed('-k', 'other.nmconnection')).exitCode).toBe(1);
    expect((await embed('-f', '-k', 'other.nmconnection')).exitCode).toBe(0);
    expect(await inside()).toEqual({
      ...rest,
      'etc/coreos-firstboot-network/other.nmconnection': fixed.replaceAll('2.5', '2.6'),
      'etc/coreos/network.conf': words.replace('2.5', '2.6'),
    });
    expect((await runHere('iso', 'network', 'remove', iso)).exitCode).toBe(0);
    expect(await inside()).toEqual(rest);
  });

  test('ip= among the kernel arguments replaces the keyfiles, which is told', async () => {
    writeFileSync('fixed.nmconnection', fixed);
    const said = await customized(
      '--network-keyfile=fixed.nmconnection',
      '--live-karg-append=ip=dhcp',
    );
    expect(said).toContain('ip=dhcp replaces the keyfiles');
  });

  test('so does one that the medium was built with, or was given before', async () => {
    makeLiveIso(directory, { features: own, kargs: 'quiet ip=dhcp' }, iso);
    writeFileSync('fixed.nmconnection', fixed);
    const told = 'ip=dhcp replaces the keyfiles';
    const embed = async () =>
      (await runHere('iso', 'network', 'embed', '-f', '-k', 'fixed.nmconnection', iso)).stderr;
    const keyfile = '--network-keyfile=fixed.nmconnection';
    expect(await embed()).toContain(told);
    expect(await customized('-f', keyfile)).toContain(told);
    expect(await customized('-f', keyfile, '--live-karg-delete=ip=dhcp')).not.toContain(told);
    expect(await embed()).not.toContain(told);
    await runHere('iso', 'kargs', 'modify', '--append=ip=dhcp', iso);
    expect(await customized('-f', keyfile)).toContain(told);
  });

  /** Nothing is written; returns what is said. */
  async function refused(...args: string[]): Promise<{ stderr: string; exitCode: number }> {
    const before = readFileSync(iso);
    const { stderr, exitCode } = await customize(...args);
    expect(stderr).not.toContain('automatically install');
    expect(readFileSync(iso).equals(before)).toBe(true);
    return { stderr, exitCode };
  }

  test.each([
    ['coreos.inst.install_dev=sda', ['--dest-device=/dev/nvme0n1'], '--dest-device'],
    ['coreos.coreos.inst.install_dev=sda', ['--dest-device=/dev/nvme0n1'], '--dest-device'],
    ['coreos.inst.install_dev=/dev/sda', ['--installer-config=disk.yaml'], 'disk.yaml:2'],
    ['coreos.inst.ignition_url=http://h/c', ['--dest-ignition=a.ign'], '--dest-ignition'],
    ['coreos.inst.ignition_url=skip', ['--dest-ignition=a.ign'], '--dest-ignition'],
    ['coreos.inst.image_url=http://h/i', ['--image=image.xz'], '--image'],
    ['coreos.inst.stream=stable', ['--image=image.xz'], '--image'],
    ['coreos.inst.image_url=http://h/i', ['--installer-config=disk.yaml'], 'disk.yaml:3'],
  ])(
    '%s among its kernel arguments and %j are refused, however it came there',
    async (karg, args, place) => {
      writeFileSync('disk.yaml', '# disk\ndest-device: nvme0n1\nstream: testing\n');
      writeFileSync('image.xz', 'image');
      const why = {
        exitCode: 1,
        stderr: expect.stringContaining(
          `Cannot use ${place}: the kernel argument ${karg} of the medium overrides it. ` +
            `Use --live-karg-delete ${karg} for what the ISO has already`,
        ),
      };
      // In the same command.
      expect(await refused(...args, `--live-karg-append=${karg}`)).toMatchObject(why);
      // Afterwards.
      await runHere('iso', 'kargs', 'modify', `--append=${karg}`, iso);
      expect(await refused('-f', ...args)).toMatchObject(why);
      // When it was built.
      makeLiveIso(directory, { features: own, kargs: `quiet ${karg}`, isOwn: true }, iso);
      expect(await refused(...args)).toMatchObject(why);
      await customized(...args, `--live-karg-delete=${karg}`);
      expect((await runHere('iso', 'kargs', 'show', iso)).text).toBe('quiet\n');
    },
  );

  test('one with a secret is shown without it, and where to find it whole', async () => {
    const karg = 'coreos.inst.ignition_url=https://u:secret@h/c';
    makeLiveIso(directory, { features: own, kargs: karg, isOwn: true }, iso);
    const { stderr } = await refused('--dest-ignition=a.ign');
    expect(stderr).not.toContain('secret');
    expect(stderr).toContain(
      'Use --live-karg-delete with what coreos-installer iso kargs show prints for what the ISO has already',
    );
  });

  test('the same disk by both, and arguments for what nothing else says, are accepted', async () => {
    const kargs = 'coreos.inst.install_dev=nvme0n1 coreos.inst.image_url=http://h/i coreos.inst';
    makeLiveIso(directory, { features: own, kargs }, iso);
    await customized('--dest-device=/dev/nvme0n1', '--dest-ignition=a.ign');
  });

  test('partitions to keep by both are accepted: they add up', async () => {
    writeFileSync('saved.yaml', 'save-partindex: 1-5\n');
    makeLiveIso(directory, { features: own, kargs: 'coreos.inst.save_partindex=7' }, iso);
    expect(await customized('--installer-config=saved.yaml')).not.toContain('overrides');
  });

  test('an argument that decides less overrides an option, which is told', async () => {
    const kargs = 'coreos.inst.append_karg=a coreos.inst.append_karg=b';
    makeLiveIso(directory, { features: own, kargs }, iso);
    const said = await customized('--dest-device=/dev/vda', '--dest-karg-append=c');
    expect(said).toContain(`${kargs} among the kernel arguments overrides --dest-karg-append.`);
  });

  test('an ISO of Fedora CoreOS has kernel arguments for another installer', async () => {
    makeLiveIso(directory, { kargs: 'coreos.inst.install_dev=sda' }, iso);
    await customized('--dest-device=/dev/vda');
  });

  const invalid: [string, string[], string][] = [
    [
      'two configs',
      ['--installer-config=url.yaml', '--dest-ignition=a.ign'],
      'url.yaml:1, --dest-ignition: ignition-url and ignition-file exclude each other',
    ],
    [
      'flags that exclude each other',
      ['--installer-config=careless.yaml', '--installer-config=strict.yaml'],
      'careless.yaml:1, strict.yaml:1: insecure and require-signature exclude each other',
    ],
    [
      'two images',
      ['--installer-config=url.yaml', '--installer-config=file.yaml'],
      'url.yaml:2, file.yaml:1: image-url and image-file exclude each other',
    ],
    [
      'a time that is none',
      ['--installer-config=soon.yaml'],
      "soon.yaml:2: option 'retry-for <time>' argument 'soon' is invalid",
    ],
    [
      'a URL that is none',
      ['--installer-config=odd.yaml'],
      'Cannot use "htp://h/x" from odd.yaml:1 as the image',
    ],
    [
      'a rule that is none',
      ['--dest-device=larges,bus=nvme'],
      'Cannot use "larges,bus=nvme" from --dest-device as a rule for the target device: "larges"',
    ],
    [
      'a kernel argument that cannot be added',
      ['--dest-karg-append=a=$b'],
      'from --dest-karg-append',
    ],
  ];
  test.each(invalid)('%s: refused, as at each boot', async (_, args, why) => {
    writeFileSync('url.yaml', 'ignition-url: https://h/c.ign\nimage-url: https://h/x\n');
    writeFileSync('careless.yaml', 'insecure: true\n');
    writeFileSync('strict.yaml', 'require-signature: true\n');
    writeFileSync('file.yaml', 'image-file: /srv/x\n');
    writeFileSync('soon.yaml', 'verify: true\nretry-for: soon\n');
    writeFileSync('odd.yaml', 'image-url: htp://h/x\n');
    const { stderr, exitCode } = await refused(...args);
    expect(stderr).toContain(why);
    expect(stderr).not.toContain('together with the command line');
    expect(exitCode).toBe(2);
    writeFileSync(
      'own.img',
      makeLiveInitrd(join(directory, 'own'), {
        'etc/coreos/features.json': JSON.stringify(own),
      }),
    );
    const pxe = await runHere('pxe', 'customize', ...args, '-o', 'made.img', 'own.img');
    expect(pxe.stderr).toContain(why);
    expect(existsSync('made.img')).toBe(false);
  });

  test('what a medium can use is accepted: skip, an image on a labelled stick, no image', async () => {
    writeFileSync('skip.yaml', 'ignition-url: skip\n');
    writeFileSync('stick.yaml', 'image-file: label:DATA/x.raw.xz\nca-file: /etc/coreos/ca.pem\n');
    await customized('--installer-config=skip.yaml', '--installer-config=stick.yaml');
    await customized('-f', '--dest-device=disk/by-id/nvme-x', '--installer-config=skip.yaml');
  });

  test('more keyfiles than the installer copies, or a larger one, are refused', async () => {
    const large = `${fixed}# ${'x'.repeat(64 * 1024)}\n`;
    writeFileSync('large.nmconnection', large);
    const many = Array.from({ length: 101 }, (_, at) => `n${at}.nmconnection`);
    for (const [at, name] of many.entries())
      writeFileSync(name, `[connection]\ntype=ethernet\ninterface-name=eth${at}\n`);
    const before = readFileSync(iso);
    for (const [files, why] of [
      [
        ['large.nmconnection'],
        'Cannot use the keyfile large.nmconnection: it is larger than 64 KiB',
      ],
      [many, 'Cannot use 101 keyfiles: the installer copies at most 100'],
    ] as const) {
      const keyfiles = (option: string) => files.map((name) => `${option}=${name}`);
      const embed = ['iso', 'network', 'embed', ...keyfiles('--keyfile'), iso];
      for (const ran of [
        await customize(...keyfiles('--network-keyfile')),
        await runHere(...embed),
      ])
        expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(why) });
      const wrap = ['pxe', 'network', 'wrap', ...keyfiles('--keyfile'), '-o', 'wrapped.img'];
      const wrapped = await runHere(...wrap);
      expect(wrapped).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(why) });
      // Fedora CoreOS takes them.
      makeLiveIso(directory, {}, 'fcos.iso');
      const theirs = ['iso', 'network', 'embed', ...keyfiles('--keyfile'), 'fcos.iso'];
      expect((await runHere(...theirs)).exitCode).toBe(0);
    }
    expect(readFileSync(iso).equals(before)).toBe(true);
    await customized(...many.slice(1).map((name) => `--network-keyfile=${name}`));
  });

  test('one that was built before it took keyfiles refuses them', async () => {
    makeLiveIso(directory, { features: { ...own, 'live-initrd-network': undefined } }, iso);
    writeFileSync('fixed.nmconnection', fixed);
    const { stderr, exitCode } = await customize('--network-keyfile=fixed.nmconnection');
    expect(stderr).toContain('This OS image does not support customizing network settings.');
    expect(exitCode).toBe(1);
  });
});

describe('pxe customize', () => {
  beforeAll(() => writeFileSync('initrd.img', makeLiveInitrd(join(directory, 'initrd'))));

  test('the initramfs is copied byte for byte, and the archive follows', async () => {
    const args = ['--dest-device=/dev/vda', '--network-keyfile=eth0.nmconnection', '-o', 'new.img'];
    const { stderr, exitCode } = await runHere('pxe', 'customize', ...args, 'initrd.img');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('ignition.firstboot ignition.platform.id=metal');
    const [base, made] = [readFileSync('initrd.img'), readFileSync('new.img')];
    expect(made.subarray(0, base.length).equals(base)).toBe(true);
    const archive = execFileSync('xz', ['-dc'], { input: made.subarray(base.length) });
    const names = execFileSync('cpio', ['-it', '--quiet'], { input: archive })
      .toString()
      .trim()
      .split('\n');
    expect(names).toEqual([
      'config.ign',
      'etc',
      'etc/coreos-firstboot-network',
      'etc/coreos-firstboot-network/eth0.nmconnection',
    ]);
    const again = await runHere('pxe', 'customize', ...args, 'initrd.img');
    expect(again.stderr).toContain('File exists');
    const twice = await runHere('pxe', 'customize', '-o', 'x.img', 'new.img');
    expect(twice.stderr).toContain('input is already customized');
    expect((await runHere('pxe', 'network', 'unwrap', 'new.img')).text).toContain('id=eth0');
    await runHere('pxe', 'network', 'wrap', '-k', 'eth0.nmconnection', '-o', 'network.img');
    expect((await runHere('dev', 'show', 'initrd', 'network.img')).text.split('\n')).toEqual([
      'etc/coreos-firstboot-network/eth0.nmconnection',
      'etc/coreos/network.conf',
      '',
    ]);
    writeFileSync('hall.nmconnection', '[connection]\ntype=wifi\n[wifi]\nssid=hall\n');
    const wifi = await runHere('pxe', 'network', 'wrap', '-k', 'hall.nmconnection', '-o', 'w.img');
    expect(wifi.exitCode).toBe(0);
    expect(wifi.stderr).toContain('A medium of this program will not use the archive.');
    expect((await runHere('dev', 'show', 'initrd', 'w.img')).text).toBe(
      'etc/coreos-firstboot-network/hall.nmconnection\n',
    );
    expect((await runHere('pxe', 'ignition', 'unwrap', 'new.img')).text).toContain(
      'customize.yaml',
    );
  });

  test.each([
    ['a disk', ['--dest-device=/dev/vda']],
    ['a config of the installed system', ['--dest-ignition=a.ign']],
    ['a config file', ['--installer-config=own.yaml']],
    ['a certificate', ['--ignition-ca=ca.pem']],
    ['a program before', ['--pre-install=hook.sh']],
    ['a program after', ['--post-install=hook.sh']],
    ['keyfiles', ['--network-keyfile=eth0.nmconnection']],
  ])('an initramfs of this program with %s is not customized again', async (_, options) => {
    writeFileSync('own.yaml', 'verify: true\n');
    const more = { 'etc/coreos/features.json': JSON.stringify(own) };
    writeFileSync('own.img', makeLiveInitrd(join(directory, 'own'), more));
    const first = await runHere('pxe', 'customize', ...options, '-o', 'first.img', 'own.img');
    expect(first.exitCode, first.stderr).toBe(0);
    const again = await runHere('pxe', 'customize', ...options, '-o', 'x.img', 'first.img');
    expect(again).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('input is already customized'),
    });
    rmSync('first.img');
  });

  test('another initramfs is refused', async () => {
    await runHere('pxe', 'ignition', 'wrap', '-i', 'a.ign', '-o', 'other.img');
    const { stderr, exitCode } = await runHere('pxe', 'customize', '-o', 'x.img', 'other.img');
    expect(stderr).toContain('not a CoreOS live initramfs image');
    expect(exitCode).toBe(1);
    const kernel = await runHere('pxe', 'customize', '-o', 'x.img', 'hook.sh');
    expect(kernel.stderr).toContain('its initramfs archive cannot be read near byte 0');
  });
});
