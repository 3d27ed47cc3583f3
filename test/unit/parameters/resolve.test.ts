import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../../src/lib/errors.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import {
  type ParameterFiles,
  readParameterFiles,
} from '../../../src/parameters/parameter-files.ts';
import {
  describeParameters,
  type ParameterOptions,
  rememberParameters,
  resolveParameters,
} from '../../../src/parameters/resolve.ts';
import { lacksRoot } from '../../support/needs.ts';

const root = !lacksRoot();
const image = 'http://192.0.2.100/fcos.raw.xz';

interface Given {
  options?: ParameterOptions;
  files?: Partial<ParameterFiles>;
  kernel?: string;
  existing?: string[];
}

/** With a device, an image and `skip` as options, unless the test gives its own. */
function resolve({ options = {}, files = {}, kernel = '', existing = [] }: Given) {
  return resolveParameters({
    options: { device: 'vda', imageUrl: image, ignitionUrl: 'skip', ...options },
    files: { directory: '/tmp', ...files },
    kernel: parseKernelArguments(kernel),
    fileExists: (path) => existing.includes(path),
  });
}

const none = { device: undefined, imageUrl: undefined, ignitionUrl: undefined };

describe('an option wins over a file, a file over a kernel argument', () => {
  const options = {
    device: 'vda',
    imageUrl: 'http://a/b',
    ignitionUrl: 'http://a/i',
    platform: 'aws',
  };
  const files = {
    device: 'vdb',
    imageUrl: 'http://b/b',
    ignitionUrl: 'http://b/i',
    platformId: 'gcp',
  };
  const kernel =
    'coreos.inst.install_dev=vdc coreos.inst.image_url=http://c/b ' +
    'coreos.inst.ignition_url=http://c/i coreos.inst.platform_id=qemu';

  test.each([
    {
      given: { options, files, kernel },
      kind: 'option',
      names: ['-d', '-i', '-b', '-p'],
      values: ['/dev/vda', 'http://a/i', 'http://a/b', 'aws'],
    },
    {
      given: { options: none, files, kernel },
      kind: 'file',
      names: ['/tmp/selected_dev', '/tmp/ignition_url', '/tmp/image_url', '/tmp/platform_id'],
      values: ['/dev/vdb', 'http://b/i', 'http://b/b', 'gcp'],
    },
    {
      given: { options: none, kernel },
      kind: 'kernel',
      names: [
        'coreos.inst.install_dev=',
        'coreos.inst.ignition_url=',
        'coreos.inst.image_url=',
        'coreos.inst.platform_id=',
      ],
      values: ['/dev/vdc', 'http://c/i', 'http://c/b', 'qemu'],
    },
  ])('$kind', ({ given, kind, names, values }) => {
    const { device, ignitionUrl, imageUrl, platformId, notes } = resolve(given);
    expect([device, ignitionUrl, imageUrl, platformId]).toEqual(
      values.map((value, i) => ({ value, origin: { kind, name: names[i] } })),
    );
    expect(notes).toEqual([]);
  });
});

describe('what is missing', () => {
  test('is named with every way to give it, all at once', () => {
    expect(() => resolve({ options: none })).toThrow(
      new ParameterError({
        code: 'parameter-missing',
        failed: 'Cannot install',
        why: 'the target device and the image are missing',
        next:
          'Give the target device with the option -d DEVICE, in the file /tmp/selected_dev, or as ' +
          'the kernel argument coreos.inst.install_dev=. Give the image with the option -b URL, in ' +
          'the file /tmp/image_url, or as the kernel argument coreos.inst.image_url=.',
      }),
    );
  });

  test('is asked for alone when the rest is there', () => {
    expect(() => resolve({ options: { imageUrl: undefined } })).toThrow(/: the image is missing\./);
  });

  test('counts as missing when it is a kernel argument without a value', () => {
    const kernel = 'coreos.inst.install_dev= coreos.inst.install_dev';
    expect(() => resolve({ options: { device: undefined }, kernel })).toThrow(/device is missing/);
  });
});

describe('the kernel argument of the device', () => {
  const options = { device: undefined };

  test('counts where it stands last, which is noted', () => {
    const given = resolve({
      options,
      kernel: 'coreos.inst.install_dev=a coreos.inst.install_dev=b',
    });
    expect(given.device.value).toBe('/dev/b');
    expect(given.notes).toEqual([
      'The kernel argument coreos.inst.install_dev= is given more than once; the last one is used.',
    ]);
  });

  test('may be repeated without a note', () => {
    const kernel = 'coreos.inst.install_dev=a coreos.inst.install_dev=a';
    expect(resolve({ options, kernel }).notes).toEqual([]);
  });

  test('may have the published misspelling, and the short one is called right', () => {
    const given = resolve({ options, kernel: 'coreos.coreos.inst.install_dev=vdb' });
    expect(given.device).toEqual({
      value: '/dev/vdb',
      origin: { kind: 'kernel', name: 'coreos.coreos.inst.install_dev=' },
    });
    expect(given.notes).toEqual([
      'The kernel argument coreos.coreos.inst.install_dev= is misspelled; the correct name is coreos.inst.install_dev=.',
    ]);
  });

  test('is noted also when the boot hook has copied it to the file', () => {
    const files = { device: 'vdb' };
    const kernel = 'coreos.coreos.inst.install_dev=vdb';
    expect(resolve({ options, files, kernel }).notes).toHaveLength(1);
  });
});

test('an argument of the installer that is not understood ends it', () => {
  expect(() => resolve({ kernel: 'coreos.inst.ignition-url=http://h/c.ign' })).not.toThrow();
  const options = { ignitionUrl: undefined };
  expect(() => resolve({ options, kernel: 'coreos.inst.ignition-url=http://h/c.ign' })).toThrow(
    'the kernel argument coreos.inst.ignition-url is not known',
  );
});

describe('the target device', () => {
  test.each([
    ['vda', '/dev/vda'],
    ['/dev/vda', '/dev/vda'],
    ['//dev//vda/', '/dev/vda'],
    ['disk/by-id/ata-X_1', '/dev/disk/by-id/ata-X_1'],
    ['/dev/disk/by-path/pci-0000:00:04.0', '/dev/disk/by-path/pci-0000:00:04.0'],
    ['/dev/disk/by-partlabel/a\\x20b', '/dev/disk/by-partlabel/a\\x20b'],
    ['/root/disk.raw', '/root/disk.raw'],
  ])('%s is %s', (device, path) => {
    expect(resolve({ options: { device } }).device.value).toBe(path);
  });

  test.each([
    '',
    ' ',
    'vda vdb',
    'vda\n',
    'v\0da',
    '..',
    '../etc/x',
    '/dev/../x',
    '/',
    '/dev',
    '/dev/',
  ])('%j is refused', (device) => {
    expect(() => resolve({ options: { device } })).toThrow(ParameterError);
  });

  test.each(['vda vdb', 'vda,vdb', '/dev/vda;/dev/vdb'])('%j is two devices', (device) => {
    expect(() => resolve({ options: { device } })).toThrow(
      'it names more than one device, but an image is written to one',
    );
  });

  test('a refusal names the value and where it came from', () => {
    const kernel = 'coreos.inst.install_dev="vda vdb"';
    expect(() => resolve({ options: { device: undefined }, kernel })).toThrow(
      'Cannot use "vda vdb" from the kernel argument coreos.inst.install_dev= as the target device',
    );
  });
});

describe('the image', () => {
  const imageOf = (imageUrl: string, existing: string[] = []) =>
    resolve({ options: { imageUrl }, existing }).imageUrl?.value;

  test.each([
    'http://192.0.2.100:8080/a.raw.xz',
    'https://core:secret@example.com/a?b=c',
    'http://[2001:db8::1]/a',
    'file:///srv/a.raw',
    '/srv/a.raw',
    '/srv/a b.raw',
  ])('%s is taken as it is', (url) => {
    expect(imageOf(url)).toBe(url);
  });

  test('loses one trailing slash', () => {
    expect(imageOf('http://a/b.raw/')).toBe('http://a/b.raw');
    expect(imageOf('http://a/b.raw//')).toBe('http://a/b.raw/');
  });

  test('may be a relative path to a file that exists', () => {
    expect(imageOf('images/a.raw', ['images/a.raw'])).toBe(join(process.cwd(), 'images/a.raw'));
  });

  test.each([
    ['', 'it is empty'],
    ['/', 'it is empty'],
    ['images/a.raw', 'it is neither a complete URL nor an existing file'],
    ['192.0.2.100:8080/a.raw', 'it is neither a complete URL nor an existing file'],
    ['//host/a.raw', 'it has no http: or https: before the //'],
    ['ftp://host/a.raw', 'ftp:// is not supported'],
    ['http:host/a.raw', 'two slashes must follow'],
    ['http:///a.raw', 'it is not a valid URL'],
    ['http://', 'it is not a valid URL'],
    ['http://host:99999/a', 'it is not a valid URL'],
    ['http://host/a b', 'a URL must not contain spaces'],
    ['http://host/a\u0007', 'it contains control characters'],
    ['file://host/a', 'the format of a file URL is'],
  ])('%j is refused: %s', (imageUrl, why) => {
    const refusal = expect.objectContaining({
      exitCode: 2,
      failure: expect.objectContaining({
        failed: expect.stringContaining('from -b as the image'),
        why: expect.stringContaining(why),
        next: 'Give an http://, https:// or file:// URL, or the path of a file.',
      }),
    });
    expect(() => resolve({ options: { imageUrl } })).toThrow(refusal);
  });

  test('a refusal does not show the password', () => {
    expect(() => imageOf('http://core:secret@host:99999/a')).toThrow(/"http:\/\/\*\*\*@host/);
  });
});

describe('the Ignition config', () => {
  test('absent: installed without one, with a warning', () => {
    const given = resolve({ options: { ignitionUrl: undefined } });
    expect(given.ignitionUrl).toBeUndefined();
    expect(given.notes).toEqual([expect.stringContaining('nobody will be able to log in')]);
  });

  test('skip: the same without the warning', () => {
    const kernel = 'coreos.inst.ignition_url=skip';
    const given = resolve({ options: { ignitionUrl: undefined }, kernel });
    expect(given).toMatchObject({
      ignitionUrl: undefined,
      skipIgnition: { value: true },
      notes: [],
    });
  });

  test('a wrong URL is refused', () => {
    expect(() => resolve({ options: { ignitionUrl: 'ftp://a/b' } })).toThrow(
      /from -i as the Ignition config: ftp:\/\/ is not supported/,
    );
  });
});

describe('the platform', () => {
  const notesOf = (platform: string) => resolve({ options: { platform } }).notes;

  test.each(['metal', 'aws', 'nvidiabluefield'])('%s is taken', (platform) => {
    expect(resolve({ options: { platform } }).platformId?.value).toBe(platform);
    expect(notesOf(platform)).toEqual([]);
  });

  test.each(['a-b_c.1', 'ovh', 'file', 'constructor'])(
    '%s, of a newer Ignition, is taken with a note',
    (id) => {
      expect(resolve({ options: { platform: id } }).platformId?.value).toBe(id);
      expect(notesOf(id)).toEqual([expect.stringContaining(`Unknown Ignition platform ${id}: `)]);
    },
  );

  test.each([
    ['vmare', 'vmware'],
    ['VMware', 'vmware'],
    ['open-stack', 'openstack'],
    ['Metal', 'metal'],
    ['bare-metal', 'metal'],
    ['awss', 'aws'],
    ['ec2', 'aws'],
    ['gce', 'gcp'],
    ['proxmox', 'proxmoxve'],
  ])('%s is refused, and %s is named', (platform, near) => {
    expect(() => resolve({ options: { platform } })).toThrow(
      `as the Ignition platform: Ignition has no such platform; the nearest is ${near}. Give ${near}.`,
    );
  });

  test.each(['none', 'None', 'skip', 'default'])('%s is none', (id) => {
    const given = { kernel: `coreos.inst.platform_id=${id}` };
    expect(() => resolve(given)).toThrow(
      /from the kernel argument coreos.inst.platform_id= as the Ignition platform: it is not a platform. Leave it out/,
    );
  });
});

test.each([
  ['coreos.inst.check_ignition=none', 'it is not error, warn or off'],
  ['coreos.inst.retry_for=ever', 'it is not a number of seconds'],
  ['coreos.inst.verify=maybe', 'must be on or off'],
  ['coreos.inst.image_hash=md5:00', 'it is not sha256:'],
  ['coreos.inst.proxy=socks5://h', 'it is not the http:// or https:// URL'],
  ['coreos.inst.notify_url=none', 'it is not an http:// or https:// URL'],
  ['"coreos.inst.notify_url= "', 'it is not an http:// or https:// URL'],
  ['coreos.inst.progress_url=ftp://h/', 'it is not an http:// or https:// URL'],
  ['coreos.inst.install_id=7', 'it is not a UUID'],
  ['coreos.inst.install_id=00000000-0000-0000-0000-000000000000', 'or the one of zeros'],
  ['coreos.inst.checksum_url=none', 'it is neither a complete URL nor an existing file'],
])('%s is none of what there is to choose from', (kernel, why) => {
  expect(() => resolve({ kernel })).toThrow(why);
});

test.each(['', 'a b', 'a"', 'a=b', 'ü', 'a\n'])('platform %j is refused', (platform) => {
  expect(() => resolve({ options: { platform } })).toThrow(ParameterError);
});

test('how a wrong config is taken', () => {
  expect(resolve({}).checkIgnition).toBeUndefined();
  const kernel = 'coreos.inst.check_ignition=off';
  expect(resolve({ kernel }).checkIgnition?.value).toBe('off');
  const options = { checkIgnition: 'error' };
  const found = resolve({ kernel, options, files: { checkIgnition: 'warn' } });
  expect(found.checkIgnition).toMatchObject({ value: 'error', origin: { kind: 'option' } });
  expect(describeParameters(found).join('\n')).toMatch(/Config check: +error \(from --check-/);
  expect(() => resolve({ kernel: 'coreos.inst.check_ignition=no' })).toThrow(
    'it is not error, warn or off',
  );
});

describe.each([
  ['skipReboot', 'coreos.inst.skip_reboot', '/tmp/skip_reboot'],
  ['skipMediaCheck', 'coreos.inst.skip_media_check', '/tmp/skip_media_check'],
  ['requireSignature', 'coreos.inst.require_signature', '/tmp/require_signature'],
  ['verify', 'coreos.inst.verify', '/tmp/verify'],
] as const)('%s', (key, argument, path) => {
  test('is off by default, and when it says so', () => {
    expect(resolve({})[key]).toBeUndefined();
    expect(resolve({ kernel: `${argument}=0` })[key]).toBeUndefined();
  });

  test('is on by kernel argument', () => {
    expect(resolve({ kernel: argument })[key]).toEqual({
      value: true,
      origin: { kind: 'kernel', name: argument },
    });
  });

  test('is on or off by file, whatever the kernel argument', () => {
    expect(resolve({ kernel: argument, files: { [key]: false } })[key]).toBeUndefined();
    expect(resolve({ kernel: `${argument}=no`, files: { [key]: true } })[key]?.origin.name).toBe(
      path,
    );
  });
});

describe('verification', () => {
  const hex = 'ab'.repeat(32);
  const digest = { algorithm: 'sha256', hex };

  test('by options, which win', () => {
    const options = { imageHash: hex, insecure: true, verify: true };
    const kernel = 'coreos.inst.image_hash=sha256:00 coreos.inst.skip_media_check=0';
    const found = resolve({ options, kernel, files: { verify: false } });
    expect(found.imageHash).toEqual({
      value: digest,
      origin: { kind: 'option', name: '--image-hash' },
    });
    expect(found.skipMediaCheck?.origin.name).toBe('--insecure');
    expect(found.verify?.origin.name).toBe('--verify');
  });

  test('by kernel arguments', () => {
    const found = resolve({
      kernel:
        `coreos.inst.image_hash=sha256:${hex} coreos.inst.ignition_hash=sha256-${hex} ` +
        'coreos.inst.checksum_url=http://h/SUMS coreos.inst.keyring=/etc/k.gpg',
      options: { ignitionUrl: undefined },
      files: { ignitionUrl: 'http://h/config.ign' },
    });
    expect(found.imageHash?.value).toEqual(digest);
    expect(found.ignitionHash?.value).toEqual(digest);
    expect(found.checksumUrl?.value).toBe('http://h/SUMS');
    expect(found.keyring?.value).toBe('/etc/k.gpg');
  });

  test('what cannot be used is refused', () => {
    expect(() => resolve({ options: { imageHash: `sha1:${'0'.repeat(40)}` } })).toThrow(
      /from --image-hash as the digest of the image/,
    );
    expect(() => resolve({ kernel: 'coreos.inst.checksum_url=ftp://h/x' })).toThrow(
      /checksum file/,
    );
  });

  test('that a signature is required, and that it is skipped, contradict each other in one place', () => {
    const kernel = 'coreos.inst.require_signature coreos.inst.skip_media_check';
    const options = { insecure: true, requireSignature: true };
    const files = { requireSignature: true, skipMediaCheck: true };
    expect(() => resolve({ kernel })).toThrow(
      /_signature and the kernel argument coreos.inst.skip/,
    );
    expect(() => resolve({ options })).toThrow(/--require-signature and --insecure are given/);
    expect(() => resolve({ files })).toThrow(/require_signature and \/tmp\/skip_media_check are/);
  });

  test.each([
    [{ options: { requireSignature: true }, kernel: 'coreos.inst.skip_media_check' }, 'required'],
    [{ options: { requireSignature: true }, files: { skipMediaCheck: true } }, 'required'],
    [{ files: { requireSignature: true }, kernel: 'coreos.inst.skip_media_check' }, 'required'],
    [{ options: { insecure: true }, kernel: 'coreos.inst.require_signature' }, 'skipped'],
    [{ files: { skipMediaCheck: true }, kernel: 'coreos.inst.require_signature' }, 'skipped'],
  ])('of two places the first one counts: %j: %s', (given, what) => {
    const { requireSignature, skipMediaCheck, notes } = resolve(given);
    expect([requireSignature?.value, skipMediaCheck?.value]).toEqual(
      what === 'required' ? [true, undefined] : [undefined, true],
    );
    expect(notes).toEqual([expect.stringMatching(/^\S.* overrides .*\.$/)]);
  });

  test('what options gave is remembered', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'parameters-'));
    try {
      const options = { imageHash: hex, requireSignature: true, keyring: 'k.gpg' };
      await rememberParameters(resolve({ options }), { directory });
      const files = await readParameterFiles(directory);
      expect(files).toMatchObject(
        root ? { imageHash: `sha256:${hex}`, requireSignature: true } : {},
      );
      expect(files.verify).toBeUndefined();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('network arguments for the first boot', () => {
  const networkOf = (given: Given) => resolve(given).networkArguments;

  test('none: not even rd.neednet', () => {
    expect(networkOf({ kernel: 'quiet rd.neednet=1 ipx bridged console=ttyS0' })).toEqual([]);
  });

  test.each(['bond', 'bridge', 'ipv6.disable', 'rd.peerdns', 'team'])(
    '%s says something without a value',
    (argument) => {
      expect(networkOf({ kernel: `quiet ${argument}` })).toEqual(['rd.neednet=1', argument]);
    },
  );

  test('all of the table, in their order, as they were written', () => {
    const args =
      'ip=dhcp ip=192.0.2.2::192.0.2.1:255.255.255.0:a:b:none ifname=b:00:11:22:33:44:55 ' +
      'rd.route=192.0.2.0/24:192.0.2.1 bootdev=b BOOTIF=01-00-11-22-33-44-55 rd.bootif=0 ' +
      'nameserver=192.0.2.1 nameserver=[2001:db8::1] rd.peerdns=0 biosdevname=0 vlan=b.1:b ' +
      'bond=bond0:b "team=t:a b" bridge=br0:b rd.net.timeout.carrier=30 ipv6.disable=1 ' +
      'net.ifnames=0 net.naming-scheme=v239';
    const kernel = `quiet ${args} rootflags=ip=x rd.neednet=1`;
    expect(networkOf({ kernel }).join(' ')).toBe(`rd.neednet=1 ${args}`);
  });

  test('a file replaces them, also by none', () => {
    const kernel = 'ip=dhcp';
    expect(
      networkOf({ kernel, files: { networkingOptions: 'rd.neednet=1 ip=a  x="b c"' } }),
    ).toEqual(['rd.neednet=1', 'ip=a', 'x="b c"']);
    expect(networkOf({ kernel, files: { networkingOptions: '' } })).toEqual([]);
  });

  test.each([
    ['coreos.no_persist_ip', 'coreos.no_persist_ip=1'],
    ['coreos.no_persist_ip=on', 'coreos.no_persist_ip=1'],
    ['coreos.force_persist_ip', 'coreos.force_persist_ip=1'],
    ['coreos.force_persist_ip=1 coreos.no_persist_ip=0', 'coreos.force_persist_ip=1'],
  ])('%s goes with them', (argument, word) => {
    expect(resolve({ kernel: `ip=dhcp ${argument}` })).toMatchObject({
      networkArguments: ['rd.neednet=1', 'ip=dhcp'],
      extraKcmdline: { value: word, origin: { kind: 'kernel', name: word.replace('=1', '') } },
    });
  });

  test('the word goes with those of a file, too', () => {
    const files = { networkingOptions: 'ip=192.0.2.9' };
    const found = resolve({ files, kernel: 'ip=dhcp coreos.no_persist_ip' });
    expect(found.networkArguments).toEqual(['rd.neednet=1', 'ip=192.0.2.9']);
    expect(found.extraKcmdline?.value).toBe('coreos.no_persist_ip=1');
    expect(found.noPersistIp?.value).toBe(true);
  });

  test('to keep and to drop the configuration is a contradiction', () => {
    const both = 'coreos.no_persist_ip coreos.force_persist_ip';
    const refused = /Cannot both keep and drop/;
    expect(() => resolve({ kernel: both })).toThrow(refused);
    expect(() => resolve({ files: { additionalOptions: both } })).toThrow(refused);
  });

  test('the file of further arguments is handed on as it is', () => {
    const files = { additionalOptions: 'coreos.no_persist_ip=1 a=b' };
    expect(resolve({ files, kernel: 'ip=dhcp' })).toMatchObject({
      networkArguments: ['rd.neednet=1', 'ip=dhcp'],
      extraKcmdline: {
        value: 'coreos.no_persist_ip=1 a=b',
        origin: { name: '/tmp/additional_opts' },
      },
    });
    const kernel = 'coreos.no_persist_ip';
    const emptied = resolve({ files: { additionalOptions: '' }, kernel });
    expect([emptied.noPersistIp, emptied.extraKcmdline]).toEqual([undefined, undefined]);
  });

  test.each([
    ['control characters', { kernel: 'bond=a\u0001b' }, /ip= and others.*control characters/],
    [
      '… in the other file',
      { files: { additionalOptions: 'a\u0001' } },
      /additional_opts.*control/,
    ],
    ['more than the kernel takes', { kernel: `ip=${'a'.repeat(2048)}` }, /longer than 2047 bytes/],
  ])('%s: refused', (_, given, why) => {
    expect(() => resolve(given)).toThrow(why);
  });

  test('together they fit on the kernel command line, to the byte, with a note', () => {
    const files = (size: number) => ({
      networkingOptions: `ip=${'a'.repeat(size)}`,
      additionalOptions: `b=${'c'.repeat(1000)}`,
    });
    // `ignition.firstboot rd.neednet=1 ip=… b=…`
    const left = 2047 - 18 - 13 - 4 - 1 - 1002;
    expect(resolve({ files: files(left) }).notes).toEqual([
      expect.stringContaining('leave 0 bytes of the kernel’s 2047'),
    ]);
    expect(resolve({ files: files(left - 511) }).notes).toHaveLength(1);
    expect(resolve({ files: files(left - 512) }).notes).toEqual([]);
    expect(() => resolve({ files: files(left + 1) })).toThrow(
      /from \/tmp\/networking_opts.*longer than 2047 bytes/,
    );
  });

  test('so do those with the ones of every boot', () => {
    const options = { appendKarg: `b=${'c'.repeat(1200)}` };
    const left = 2047 - 18 - 13 - 4 - 1 - 1202;
    const files = (size: number) => ({ networkingOptions: `ip=${'a'.repeat(size)}` });
    expect(resolve({ options, files: files(left) }).notes).toEqual([
      expect.stringContaining('leave 0 bytes of the kernel’s 2047'),
    ]);
    expect(() => resolve({ options, files: files(left + 1) })).toThrow(
      /from --append-karg.*longer than 2047 bytes/,
    );
    expect(resolve({ options }).notes).toEqual([]);
  });

  test('what GRUB cannot hand on unchanged is noted', () => {
    expect(resolve({ kernel: 'bond=a\\b ip="c d"' }).notes).toEqual([
      'GRUB adds a backslash before quotes and backslashes in bond=a\\b.',
    ]);
  });
});

test('the description is aligned, masks passwords and says where each value came from', () => {
  const given = resolve({
    options: { ignitionUrl: undefined },
    files: { ignitionUrl: 'http://core:secret@192.0.2.100/c.ign' },
    kernel: 'coreos.inst.skip_reboot coreos.inst.platform_id=qemu ip=dhcp',
  });
  expect(describeParameters(given)).toEqual([
    'Target device:     /dev/vda (from -d)',
    'Ignition config:   http://***@192.0.2.100/c.ign (from /tmp/ignition_url)',
    'Image:             http://192.0.2.100/fcos.raw.xz (from -b)',
    'Ignition platform: qemu (from the kernel argument coreos.inst.platform_id=)',
    'Network arguments: rd.neednet=1 ip=dhcp (from the kernel argument ip= and others)',
    'Reboot:            skipped (from the kernel argument coreos.inst.skip_reboot)',
  ]);
});

test('the description tells no user name, password or query of any URL', () => {
  const url = (scheme: string, name: string) => `${scheme}://secretU:secretP@${name}/x?key=secretK`;
  const given = resolve({
    options: {
      ...{ imageUrl: url('https', 'image'), ignitionUrl: url('http', 'config') },
      ...{ checksumUrl: url('https', 'sums'), proxy: 'http://secretU:secretP@proxy:3128' },
      notifyUrl: `${url('http', 'told')} ${url('https', 'also')}`,
      progressUrl: url('https', 'watching'),
    },
  });
  const text = describeParameters(given).join('\n');
  for (const name of ['image', 'config', 'sums', 'proxy', 'told', 'also', 'watching'])
    expect(text).toMatch(new RegExp(`https?://\\*{3}@${name}[:/]`));
  expect(text).not.toContain('secret');
});

test.each([
  ['imageUrl', 'ftp://secretU:secretP@h/x?secretK'],
  ['ignitionUrl', 'http://secretU:secretP@h:99999/x?secretK'],
  ['checksumUrl', 'https://secretU:secretP@h/a b?secretK'],
  ['proxy', 'socks5://secretU:secretP@h:1'],
  ['notifyUrl', 'http://h/ ftp://secretU:secretP@h/x?secretK'],
  ['progressUrl', 'ftp://secretU:secretP@h/x?secretK'],
])('a refusal of %s tells no secret of it: %s', (option, value) => {
  const refused = () => resolve({ options: { [option]: value } });
  expect(refused).toThrow(ParameterError);
  expect(refused).toThrow(/^(?!.*secret).*\*{3}@h/);
});

test.skipIf(!root)('what an option gave is found by a second run without options', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'remember-'));
  try {
    const first = resolve({ options: { platform: 'qemu' } });
    await rememberParameters(first, { directory });
    const files = await readParameterFiles(directory);
    const second = resolve({ options: none, files });
    expect(describeParameters(second)).toEqual(
      describeParameters(first).map((line) =>
        line
          .replace('-d)', `${directory}/selected_dev)`)
          .replace('-i)', `${directory}/ignition_url)`)
          .replace('-b)', `${directory}/image_url)`)
          .replace('-p)', `${directory}/platform_id)`),
      ),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.skipIf(!root)('what kernel arguments gave is written, for a person to change', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'remember-'));
  try {
    const kernel = `coreos.inst.install_dev=vda coreos.inst.image_url=${image} coreos.inst.skip_reboot`;
    const files = { platformId: 'qemu' };
    const options = { ...none, ignitionUrl: 'skip' };
    await rememberParameters(resolve({ options, files, kernel }), { directory });
    const written = readdirSync(directory).map((name) => [
      name,
      readFileSync(join(directory, name), 'utf8'),
    ]);
    expect(Object.fromEntries(written)).toEqual({
      selected_dev: expect.stringMatching(/^\/dev\/vda\n# kept by .*\n$/),
      ignition_url: 'skip\n',
      image_url: `${image}\n`,
      skip_reboot: '1\n',
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
