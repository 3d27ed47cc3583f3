import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localFilesIn } from '../../../../src/config/butane/local-files.ts';
import { unitNameOfPath } from '../../../../src/config/butane/mount-units.ts';
import { lacks } from '../../../support/needs.ts';
import { run, translated } from './run.ts';

const head = (minor: number) => `variant: fcos\nversion: 1.${minor}.0\n`;

describe('contents', () => {
  const embedded = (text: string, more = '') =>
    translated(
      `${head(1)}storage: {files: [{path: /a, contents: {inline: ${JSON.stringify(text)}${more}}}]}`,
    ).storage.files[0].contents;

  test('take the shortest form', () => {
    expect(embedded('short')).toEqual({ compression: '', source: 'data:,short' });
    expect(embedded('\n'.repeat(20)).source).toMatch(/^data:;base64,/);
    const { compression, source } = embedded('long '.repeat(200));
    expect(compression).toBe('gzip');
    const packed = Buffer.from(source.slice('data:;base64,'.length), 'base64');
    expect(gunzipSync(packed).toString()).toBe('long '.repeat(200));
  });

  test('that are compressed already are left so', () => {
    const text = 'long '.repeat(200);
    expect(embedded(text, ', compression: gzip')).toEqual({
      compression: 'gzip',
      source: `data:;base64,${Buffer.from(text).toString('base64')}`,
    });
  });
});

describe('with_mount_unit', () => {
  const yaml = (fields: string, minor = 4, more = '') =>
    `${head(minor)}storage:\n  filesystems: [{device: /dev/vdb1, with_mount_unit: true${fields}}]\n${more}`;

  test('makes a unit, which the config can change', () => {
    const own = 'systemd: {units: [{name: a.service}, {name: var-lib.mount, enabled: false}]}\n';
    const fields = ', path: /var/lib, format: xfs, mount_options: [ro, noexec]';
    const { units } = translated(yaml(fields, 1, own)).systemd;
    expect(
      units.map(({ name, enabled }: { name: string; enabled?: boolean }) => [name, enabled]),
    ).toEqual([
      ['var-lib.mount', false],
      ['a.service', undefined],
    ]);
    expect(units[0].contents).toContain(
      'Where=/var/lib\nWhat=/dev/vdb1\nType=xfs\nOptions=ro,noexec\n',
    );
    expect(units[0].contents).toContain('After=systemd-fsck@dev-vdb1.service');
  });

  test('makes swap units since 1.4.0', () => {
    expect(translated(yaml(', format: swap')).systemd.units[0].name).toBe('dev-vdb1.swap');
    expect(run(yaml(', format: swap', 3))).toContain('with_mount_unit needs a path');
  });

  test('is for /etc and /var since 1.6.0', () => {
    for (const path of ['/srv', '/', '/variable'])
      expect(run(yaml(`, format: xfs, path: ${path}`, 6))).toContain(
        'error storage.filesystems[0].path: a file system with a mount unit must be mounted at /etc',
      );
    for (const path of ['/var', '/var/lib/a', '/etc/a'])
      expect(translated(yaml(`, format: xfs, path: ${path}`, 6)).systemd.units).toHaveLength(1);
    expect(translated(yaml(', format: swap', 6)).systemd.units[0].name).toBe('dev-vdb1.swap');
    expect(translated(yaml(', format: xfs, path: /srv', 5)).systemd.units).toHaveLength(1);
  });

  test('needs a format', () => {
    expect(run(yaml(', path: /a'))).toContain(
      'storage.filesystems[0].with_mount_unit: with_mount_unit needs a format',
    );
  });

  const tang = 'tang: [{url: "http://t", thumbprint: y}]';
  test.each([
    ['/dev/mapper/x', `clevis: {${tang}}`, 'remote'],
    ['/dev/disk/by-id/dm-name-x', `clevis: {${tang}}`, 'remote'],
    ['/dev/mapper/x', `clevis: {tpm2: true, ${tang}}`, 'remote'],
    ['/dev/mapper/x', 'clevis: {tpm2: true}', 'local'],
    ['/dev/mapper/x', 'clevis: {tpm2: true, tang: []}', 'local'],
    ['/dev/mapper/x', 'key_file: {inline: secret}', 'local'],
    ['/dev/mapper/xy', `clevis: {${tang}}`, 'local'],
    ['/dev/mapper/other', `clevis: {${tang}}`, 'local'],
    ['/dev/vdc', `clevis: {${tang}}`, 'local'],
  ])('on %s, where x is opened by {%s}, is %s', (device, keys, where) => {
    const luks =
      `  luks: [{name: x, device: /dev/vdc, ${keys}}, ` +
      '{name: other, device: /dev/vdd, clevis: {tpm2: true}}]\n';
    const fields = ', path: /a, format: xfs, mount_options: [ro]';
    const text = yaml(fields, 2, luks).replace('/dev/vdb1', device);
    const { contents } = translated(text).systemd.units[0];
    const remote = where === 'remote';
    expect(contents).toContain(`\nOptions=ro${remote ? ',_netdev' : ''}\n`);
    expect(contents).toContain(`RequiredBy=${where}-fs.target`);
  });

  test
    .skipIf(lacks('systemd-escape'))
    .each(['/', '/var/lib/a b', '/.a/-b_c.d', '//x//y/', '/é', '/a:b\\c'])(
    'names units as systemd-escape does: %s',
    (path) => {
      const [name] = execFileSync('systemd-escape', ['--path', path], { encoding: 'utf8' }).split(
        '\n',
      );
      expect(unitNameOfPath(path)).toBe(name);
    },
  );
});

describe('boot_device', () => {
  test('mirrors and encrypts; the config can change what it makes', () => {
    const yaml = `${head(3)}boot_device:
  layout: x86_64
  luks: {tpm2: true}
  mirror: {devices: [/dev/vda, /dev/vdb]}
storage:
  disks:
    - device: /dev/vda
      partitions: [{label: root-1, size_mib: 9000}, {label: var-1}]
  filesystems: [{device: /dev/mapper/root, format: btrfs}]
`;
    const { disks, raid, luks, filesystems } = translated(yaml).storage;
    expect(disks.map((disk: { device: string }) => disk.device)).toEqual(['/dev/vda', '/dev/vdb']);
    const labels = disks[0].partitions.map(({ label }: { label: string }) => label);
    expect(labels).toEqual(['bios-1', 'esp-1', 'boot-1', 'root-1', 'var-1']);
    expect(disks[0].partitions[3]).toEqual({ label: 'root-1', sizeMiB: 9000 });
    expect(raid.map(({ name }: { name: string }) => name)).toEqual(['md-boot', 'md-root']);
    expect(luks).toEqual([
      {
        clevis: { tpm2: true },
        device: '/dev/md/md-root',
        label: 'luks-root',
        name: 'root',
        wipeVolume: true,
      },
    ]);
    expect(filesystems.at(-1)).toMatchObject({ device: '/dev/mapper/root', format: 'btrfs' });
  });

  test('knows the layouts, and wants two disks', () => {
    const boot = (fields: string) => run(`${head(3)}boot_device: {${fields}}`);
    expect(boot('layout: arm')).toContain('boot_device.layout: the layout must be one of x86_64');
    expect(boot('mirror: {devices: [/dev/vda]}')).toContain('a mirror needs at least two devices');
    expect(boot('layout: ppc64le, mirror: {devices: [/dev/a, /dev/b]}')).toContain('prep-1');
  });

  const boot = (minor: number, fields: string) => `${head(minor)}boot_device: {${fields}}`;
  const mirror = 'mirror: {devices: [/dev/vda, /dev/vdb]}';

  test('a mirror should name its layout, and must since 1.7.0', () => {
    expect(run(boot(6, mirror))).toContain(
      'warning boot_device.mirror: the disks are laid out for x86_64',
    );
    expect(run(boot(7, mirror))).toContain('error boot_device.mirror: a mirror needs a layout');
    expect(translated(boot(7, `layout: aarch64, ${mirror}`)).storage.disks).toHaveLength(2);
  });

  const onIbmZ = (layout: string, device: string, key: string) =>
    translated(boot(6, `layout: ${layout}, luks: {${device}${key}}`)).storage;

  test.each([
    ['s390x-eckd', 'device: /dev/dasda, ', '/dev/dasda2'],
    ['s390x-zfcp', 'device: /dev/sdb, ', '/dev/sdb4'],
    ['s390x-virt', '', '/dev/disk/by-partlabel/root'],
  ])('encrypts the layout %s', (layout, device, partition) => {
    const volume = { device: partition, label: 'luks-root', name: 'root', wipeVolume: true };
    const filesystems = [
      { device: '/dev/mapper/root', format: 'xfs', label: 'root', wipeFilesystem: true },
    ];
    expect(onIbmZ(layout, device, 'cex: {enabled: true}, discard: true')).toEqual({
      filesystems,
      luks: [{ cex: { enabled: true }, discard: true, ...volume }],
    });
    expect(onIbmZ(layout, device, 'tpm2: true, threshold: 1')).toEqual({
      filesystems,
      luks: [{ clevis: { threshold: 1, tpm2: true }, ...volume }],
    });
  });

  test.each([
    ['layout: s390x-eckd, luks: {tpm2: true}', 'error boot_device.layout: the layout s390x-eckd'],
    [
      'layout: s390x-eckd, luks: {tpm2: true, device: /dev/dasda2}',
      'error boot_device.luks.device: the layout s390x-eckd needs luks.device',
    ],
    ['layout: s390x-zfcp, luks: {tpm2: true, device: /dev/dasda}', 'such as /dev/sda'],
    [`layout: s390x-virt, ${mirror}`, 'mirrors are not supported on IBM Z'],
    [
      'luks: {cex: {enabled: true}}',
      'error boot_device.luks.cex: only IBM Z has Crypto Express (CEX) cards',
    ],
    [
      'layout: s390x-virt, luks: {cex: {enabled: true}, tpm2: true}',
      'error boot_device.luks.cex: it cannot be combined with tang or tpm2',
    ],
    ['luks: {device: /dev/sda}', 'nothing is encrypted'],
  ])('refuses %s', (fields, expected) => {
    expect(run(boot(7, fields))).toContain(expected);
  });

  test.each(['threshold: 1', 'discard: true'])('warns of luks with %s alone', (field) => {
    const key = field.replace(/:.*/, '');
    expect(run(boot(7, `luks: {${field}}`))).toContain(
      `warning boot_device.luks.${key}: nothing is encrypted`,
    );
    expect(translated(boot(7, `luks: {tpm2: true, ${field}}`)).storage.luks).toHaveLength(1);
  });

  test('knows nothing of IBM Z before 1.6.0', () => {
    expect(run(boot(5, 'layout: s390x-virt, luks: {tpm2: true}'))).toContain(
      'the layout must be one of x86_64, aarch64, ppc64le',
    );
  });
});

test('an encrypted volume can have its key on a card since 1.6.0', () => {
  const yaml = (minor: number) =>
    `${head(minor)}storage: {luks: [{name: a, device: /dev/vdb, cex: {enabled: true}}]}`;
  expect(translated(yaml(6)).storage.luks).toEqual([
    { cex: { enabled: true }, device: '/dev/vdb', name: 'a' },
  ]);
  expect(run(yaml(5))).toContain('no such key in version 1.5.0; version 1.6.0 has it');
});

test('grub.users becomes a file for GRUB', () => {
  const { storage } = translated(
    `${head(5)}grub: {users: [{name: root, password_hash: grub.pbkdf2.sha512.x}]}`,
  );
  expect(storage.files[0].path).toBe('/boot/grub2/user.cfg');
  expect(decodeURIComponent(storage.files[0].append[0].source)).toContain(
    'password_pbkdf2 root grub.pbkdf2.sha512.x\n',
  );
});

describe('local files', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'files-dir-'));
    mkdirSync(join(directory, 'in/tree/sub'), { recursive: true });
    writeFileSync(join(directory, 'secret'), 'secret');
    // The name of the directory is the beginning of its neighbour's.
    mkdirSync(join(directory, 'in-secret/sub'), { recursive: true });
    writeFileSync(join(directory, 'in-secret/key'), 'secret');
    writeFileSync(join(directory, 'in/keys'), 'ssh-rsa A\r\n\nssh-rsa B\n');
    writeFileSync(join(directory, 'in/tree/run'), 'run', { mode: 0o755 });
    writeFileSync(join(directory, 'in/tree/sub/b'), 'b');
    symlinkSync('sub/b', join(directory, 'in/tree/link'));
    symlinkSync('../secret', join(directory, 'in/out'));
    symlinkSync('../in-secret', join(directory, 'in/beside'));
    symlinkSync('../in-secret/key', join(directory, 'in/beside-key'));
    execFileSync('truncate', ['-s', '100M', join(directory, 'in/large')]);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const here = (yaml: string, minor = 5) => head(minor) + yaml;
  const files = () => localFilesIn(join(directory, 'in'));
  const fromFile = (path: string) =>
    run(here(`storage: {files: [{path: /a, contents: {local: ${path}}}]}`), files());

  test('are embedded', () => {
    expect(fromFile('keys')).toContain('data:');
    const yaml =
      here(`passwd: {users: [{name: core, ssh_authorized_keys: [x], ssh_authorized_keys_local: [keys]}]}
systemd: {units: [{name: a.service, contents_local: tree/run}]}`);
    const { passwd, systemd } = translated(yaml, files());
    expect(passwd.users[0].sshAuthorizedKeys).toEqual(['x', 'ssh-rsa A', 'ssh-rsa B']);
    expect(systemd.units[0].contents).toBe('run');
  });

  test('as trees, which entries of the config complete', () => {
    const yaml = here(
      `storage:
  trees: [{local: tree, path: /opt}]
  files: [{path: /opt/run, mode: 0700}]`,
      1,
    );
    expect(translated(yaml, files()).storage).toEqual({
      files: [
        { path: '/opt/run', contents: { compression: '', source: 'data:,run' }, mode: 0o700 },
        { path: '/opt/sub/b', contents: { compression: '', source: 'data:,b' }, mode: 0o644 },
      ],
      links: [{ path: '/opt/link', target: 'sub/b' }],
    });
    expect(run(`${yaml.replace('mode: 0700', 'contents: {inline: x}')}`, files())).toContain(
      '/opt/run is in the config already',
    );
  });

  test('as trees with modes and owners, since 1.7.0', () => {
    const tree = (more: string, rest = '') =>
      here(`storage:\n  trees: [{local: tree, path: /opt/${more}}]\n${rest}`, 7);
    const {
      files: found,
      directories,
      links,
    } = translated(
      tree(
        ', file_mode: 0600, dir_mode: 0700, user: {name: core}, group: {id: 7}',
        '  directories: [{path: /opt/sub, mode: 0750}]\n  files: [{path: /opt/run, mode: 0755}]',
      ),
      files(),
    ).storage;
    const owners = { user: { name: 'core' }, group: { id: 7 } };
    expect(directories).toEqual([
      { path: '/opt/sub', mode: 0o750 },
      { path: '/opt', mode: 0o700, ...owners },
    ]);
    expect(found).toMatchObject([
      { path: '/opt/run', mode: 0o755 },
      { path: '/opt/sub/b', mode: 0o600, ...owners },
    ]);
    expect(found[0]).not.toHaveProperty('user');
    expect(links).toEqual([{ path: '/opt/link', target: 'sub/b', ...owners }]);

    const owned = translated(tree(', user: {id: 0}'), files()).storage;
    expect(owned.directories).toContainEqual({ path: '/opt', mode: 0o755, user: { id: 0 } });
    expect(owned.files).toMatchObject([{ mode: 0o755 }, { mode: 0o644 }]);
    const modesOnly = translated(tree(', file_mode: 0600'), files()).storage;
    expect(modesOnly).not.toHaveProperty('directories');
    expect(run(tree(', user: {id: 0}').replace('1.7.0', '1.6.0'), files())).toContain(
      'no such key in version 1.6.0; version 1.7.0 has it',
    );
  });

  test('a tree at / leaves / itself alone', () => {
    const yaml = here('storage: {trees: [{local: tree, dir_mode: 0700}]}', 7);
    expect(translated(yaml, files()).storage.directories).toEqual([{ path: '/sub', mode: 0o700 }]);
  });

  test.each([
    ['../secret', 'is outside the directory'],
    ['/../secret', 'is outside the directory'],
    ['out', 'is outside the directory'],
    ['../in-secret/key', 'is outside the directory'],
    ['beside/key', 'is outside the directory'],
    ['beside-key', 'is outside the directory'],
    ['none', 'there is no such file'],
    ['tree', 'it is not a file'],
    ['large', 'larger than 16 MiB'],
  ])('%s is refused', (path, expected) => {
    expect(fromFile(path)).toContain(`storage.files[0].contents.local: `);
    expect(fromFile(path)).toContain(expected);
  });

  test.each(['..', '../in-secret', '../in-secret/sub', 'beside', 'tree/../../in-secret'])(
    'the tree %s is refused',
    (path) => {
      expect(run(here(`storage: {trees: [{local: ${path}}]}`), files())).toContain(
        `storage.trees[0]: ${path} is outside the directory`,
      );
    },
  );

  test.each(['""', '~', ''])('the directory is no tree by an empty path: %s', (local) => {
    expect(run(here(`storage: {trees: [{local: ${local}}]}`), files())).toMatch(
      /^3:\d+ error storage\.trees\[0\](\.local: it is empty|: local is missing)$/,
    );
  });

  test('the directory itself may be a tree, and / the directory', () => {
    const tree = join(directory, 'in/tree');
    const yaml = (local: string) => here(`storage: {trees: [{local: ${local}, path: /x}]}`);
    const { storage } = translated(yaml('.'), localFilesIn(tree));
    expect(translated(yaml(tree), localFilesIn('/')).storage).toEqual(storage);
    expect(storage.files).toHaveLength(2);
  });
});

describe('labels of the system’s own partitions', () => {
  const disk = (partition: string, more = '') => `variant: fcos
version: 1.0.0
storage:
  disks:
    - device: /dev/vda
      ${more}
      partitions:
        - ${partition}
`;

  test.each(['label: root', '{ number: 5, label: root }', '{ number: 2, label: BIOS-BOOT }'])(
    'are warned of with another number: %s',
    (partition) => {
      expect(run(disk(partition))).toMatch(
        /^8:\d+ warning storage\.disks\[0\]\.partitions\[0\]\.label: the label \S+ is that of the system's partition \d/,
      );
    },
  );

  test.each([
    ['{ number: 4, label: root }', ''],
    ['{ number: 5, label: var }', ''],
    ['{ number: 5, label: toString }', ''],
    ['label: root', 'wipe_table: true'],
  ])('are no matter in %s %s', (partition, more) => {
    expect(translated(disk(partition, more)).storage.disks).toHaveLength(1);
  });
});

describe('partitions', () => {
  const disk = (minor: number, partitions: string, more = '', device = '/dev/vda') =>
    run(
      `${head(minor)}storage: {disks: [{device: ${device}, ${more} partitions: [${partitions}]}]}`,
    );
  const small = '{number: 4, label: root, size_mib: 8191, resize: true}';
  const free = '{number: 4, label: root, resize: true}';

  test('a small root is warned of since 1.3.0', () => {
    expect(disk(3, small)).toContain('size_mib: the root partition is smaller than 8192 MiB');
    expect(disk(2, small)).not.toContain('smaller');
    expect(disk(3, small.replace('8191', '8192'))).not.toContain('smaller');
  });

  test('a root that another partition keeps from growing is warned of since 1.3.0', () => {
    const caught = 'label: the root partition cannot grow';
    expect(disk(3, `${free}, {number: 5, label: var, size_mib: 10}`)).toContain(caught);
    expect(disk(2, `${free}, {number: 5, label: var}`)).not.toContain(caught);
    for (const apart of [
      `${free}, {number: 5, label: var, start_mib: 20000}`,
      `{number: 3, label: boot, size_mib: 500}, ${free}`,
      `${free}, {number: 5, should_exist: false}`,
      `${free.replace('resize', 'size_mib: 9000, resize')}, {number: 5, label: var}`,
    ])
      expect(disk(3, apart)).not.toContain(caught);
  });

  test('a partition that is named by its label alone is warned of since 1.6.0', () => {
    const anew = 'label: a partition without a number is created again';
    expect(disk(6, '{label: data}')).toContain(anew);
    expect(disk(5, '{label: data}')).not.toContain(anew);
    expect(disk(6, '{label: data, number: 1}')).not.toContain(anew);
    expect(disk(6, '{label: data}', 'wipe_table: true,')).not.toContain(anew);
    const boot = '/dev/disk/by-id/coreos-boot-disk';
    expect(disk(6, '{label: data}', '', boot)).not.toContain(anew);
  });

  test('what a mirror’s disks get beside the system’s is made anew anyway', () => {
    const mirror = 'boot_device: {layout: x86_64, mirror: {devices: [/dev/vda, /dev/vdb]}}\n';
    const yaml = `${head(7)}${mirror}storage: {disks: [{device: /dev/vda, partitions: [{label: var-1}]}]}`;
    expect(translated(yaml).storage.disks).toHaveLength(2);
  });
});
