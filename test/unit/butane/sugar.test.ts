import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localFilesIn } from '../../../src/butane/local-files.ts';
import { unitNameOfPath } from '../../../src/butane/unit-name.ts';
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

  test('needs a format', () => {
    expect(run(yaml(', path: /a'))).toContain(
      'storage.filesystems[0].with_mount_unit: with_mount_unit needs a format',
    );
  });

  test('waits for the network where the key does', () => {
    const luks =
      '  luks: [{name: x, device: /dev/vdc, clevis: {tang: [{url: "http://t", thumbprint: y}]}}]\n';
    const unit = translated(
      yaml(', path: /a, format: xfs', 2, luks).replace('/dev/vdb1', '/dev/mapper/x'),
    ).systemd.units[0].contents;
    expect(unit).toContain('Options=_netdev\n');
    expect(unit).toContain('RequiredBy=remote-fs.target');
  });

  test.each(['/', '/var/lib/a b', '/.a/-b_c.d', '//x//y/', '/é', '/a:b\\c'])(
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
    expect(boot('layout: arm')).toContain('boot_device.layout: the layout is one of x86_64');
    expect(boot('mirror: {devices: [/dev/vda]}')).toContain('a mirror takes two devices');
    expect(boot('layout: ppc64le, mirror: {devices: [/dev/a, /dev/b]}')).toContain('prep-1');
  });
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
    writeFileSync(join(directory, 'in/keys'), 'ssh-rsa A\r\n\nssh-rsa B\n');
    writeFileSync(join(directory, 'in/tree/run'), 'run', { mode: 0o755 });
    writeFileSync(join(directory, 'in/tree/sub/b'), 'b');
    symlinkSync('sub/b', join(directory, 'in/tree/link'));
    symlinkSync('../secret', join(directory, 'in/out'));
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

  test.each([
    ['../secret', 'leads out of the directory'],
    ['/../secret', 'leads out of the directory'],
    ['out', 'leads out of the directory'],
    ['none', 'there is no such file'],
    ['tree', 'it is not a file'],
    ['large', 'larger than 16 MiB'],
  ])('%s is refused', (path, expected) => {
    expect(fromFile(path)).toContain(`storage.files[0].contents.local: `);
    expect(fromFile(path)).toContain(expected);
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
