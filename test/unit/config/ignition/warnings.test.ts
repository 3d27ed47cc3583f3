import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { validateIgnition } from '../../../../src/config/ignition/validate.ts';
import { sshKey } from '../../../qemu/support/configs.ts';
import { lacks } from '../../../support/needs.ts';

const login = { users: [{ name: 'core', sshAuthorizedKeys: [sshKey] }] };

/** A placeholder as shells and templates have it. */
const unset = (name: string) => '$'.concat('{', name, '}');

/** What is found, as `severity path: message`. */
const told = (sections: object, version = '3.3.0') =>
  validateIgnition(
    Buffer.from(JSON.stringify({ ignition: { version }, passwd: login, ...sections })),
  ).findings.map(({ severity, path, message }) => `${severity} ${path}: ${message}`);

describe('since Ignition 2.15 and 2.22:', () => {
  test.each(['3.0.0', '3.4.0', '3.5.0'])('special bits have no effect in %s', (version) => {
    for (const kind of ['files', 'directories'])
      expect(told({ storage: { [kind]: [{ path: '/etc/a', mode: 0o1755 }] } }, version)).toEqual([
        `warning storage.${kind}[0].mode: setuid, setgid and sticky bits are not set by versions before 3.6.0`,
      ]);
    expect(told({ storage: { files: [{ path: '/etc/a', mode: 0o1755 }] } }, '3.6.0')).toEqual([]);
  });

  test('the owner of a hard link has none', () => {
    const link = (more: object) => ({
      storage: { links: [{ path: '/etc/a', target: '/b', ...more }] },
    });
    const owner = { user: { id: 0 }, group: { name: 'x' } };
    expect(told(link({ hard: true, ...owner }))).toEqual([
      'warning storage.links[0].user.id: it has no effect: a hard link has the owner of its target',
      'warning storage.links[0].group.name: it has no effect: a hard link has the owner of its target',
    ]);
    expect(told(link(owner))).toEqual([]);
    expect(told(link({ hard: true }))).toEqual([]);
  });

  test('a file system on a disk that is partitioned or wiped', () => {
    const disk = (of: object, filesystem: object = {}, device = '/dev/vdb') => ({
      storage: {
        disks: [{ device: '/dev/vdb', ...of }],
        filesystems: [{ device, format: 'xfs', ...filesystem }],
      },
    });
    const partitions = [{ number: 1, label: 'a' }];
    const at = 'warning storage.filesystems[0].device';
    expect(told(disk({ partitions }))).toEqual([
      `${at}: the file system overwrites the partitions that this config makes there`,
    ]);
    expect(told(disk({ partitions }, { wipeFilesystem: true }))).toHaveLength(1);
    expect(told(disk({ wipeTable: true }))).toEqual([
      `${at}: the disk is wiped (wipeTable): an existing file system is not kept, although wipeFilesystem is not set`,
    ]);
    expect(told(disk({ wipeTable: true }, { wipeFilesystem: true }))).toEqual([]);
    expect(told(disk({}))).toEqual([]);
    expect(told(disk({ partitions, wipeTable: true }, {}, '/dev/vdb1'))).toEqual([]);
  });

  test('an enabled instance of a template without [Install]', () => {
    const service = '[Service]\nExecStart=/bin/true\n';
    const install = '[Install]\nWantedBy=multi-user.target\n';
    const units = (contents: string | undefined, instance: object = { enabled: true }) => ({
      systemd: {
        units: [
          { name: 'a@b.service', ...instance },
          { name: 'a@.service', contents },
        ],
      },
    });
    const message =
      'warning systemd.units[0].enabled: it has no effect: the template a@.service has no [Install] section';
    expect(told(units(service))).toEqual([message]);
    expect(told(units(service + install))).toEqual([]);
    expect(told(units(undefined))).toEqual([]);
    expect(told(units(service, {}))).toEqual([]);
    expect(told(units(service, { enabled: true, contents: service + install }))).toEqual([]);
  });
});

test.each([
  ['[Install]\nWantedBy=x\n', true],
  ['[Install]\n# why\n; why\n\n  WantedBy=x\n', true],
  ['[Service]\nType=x\n\n [Install] \r\nWantedBy=x', true],
  ['[Install]\n', false],
  ['[Install]\n# WantedBy=x\n[Service]\nType=x\n', false],
  ['# [Install]\nWantedBy=x\n[Service]\n', false],
])('the unit %j has something to install: %s', (contents, has) => {
  const units = [{ name: 'a.service', enabled: true, contents }];
  const found = told({ systemd: { units } }).filter((line) => line.includes('[Install]'));
  expect(found).toHaveLength(has ? 0 : 1);
});

const uuid = '4F68BCE3-e8cd-4db1-96e7-fbcaf984b709';

test.each<[string, string, boolean]>([
  ...['ext4', 'xfs', 'btrfs', 'swap'].flatMap((format): [string, string, boolean][] => [
    [format, uuid, true],
    [format, 'x', false],
    [format, uuid.replaceAll('-', ''), false],
    [format, `{${uuid}}`, false],
    [format, 'A1B2-C3D4', false],
  ]),
  ...['A1B2-C3D4', 'a1b2c3d4'].map((id): [string, string, boolean] => ['vfat', id, true]),
  ...['A1B2', 'G1B2-C3D4', uuid].map((id): [string, string, boolean] => ['vfat', id, false]),
  ['none', 'x', true],
  ['ext4', '', true],
])('an %s with the UUID %s: %s', (format, id, isRight) => {
  const filesystems = [{ device: '/dev/vdb', format, uuid: id }];
  expect(told({ storage: { filesystems } }).map((line) => line.replace(/: .*/, ''))).toEqual(
    isRight ? [] : ['warning storage.filesystems[0].uuid'],
  );
});

test('a volume with a UUID that is none', () => {
  const luks = (id: string) =>
    told({ storage: { luks: [{ name: 'l', device: '/dev/a', uuid: id }] } });
  expect(luks(uuid)).toEqual([]);
  expect(luks('')).toEqual([]);
  expect(luks('my-volume')).toEqual([
    'warning storage.luks[0].uuid: it is not a UUID of the form 01234567-89ab-cdef-edcb-a98765432101',
  ]);
});

describe('a mode in decimal', () => {
  const mode = (value: number, kind = 'files', version = '3.6.0') =>
    told({ storage: { [kind]: [{ path: '/etc/a', mode: value }] } }, version);
  const decimal = (value: number, kind = 'files') =>
    `warning storage.${kind}[0].mode: ${value} is decimal here, and means 0${value.toString(8)}; 0${value} is ${Number.parseInt(`${value}`, 8)}`;

  const usual = [
    ...[400, 440, 444, 550, 555, 600, 640, 644, 660, 664, 666],
    ...[700, 710, 711, 750, 755, 770, 775, 777, 1777],
    // Butane warns of these too.
    ...[500, 1700, 1755, 1770, 1775, 2500, 2555, 2700, 2755, 2770, 2775, 2777, 3755, 3775, 3777],
  ];
  test.each(usual)('%d is taken for an octal one that was meant', (value) => {
    for (const kind of ['files', 'directories']) {
      expect(mode(value, kind)).toEqual([decimal(value, kind)]);
      expect(mode(value, kind, '3.3.0')).toEqual([decimal(value, kind)]);
    }
    expect(mode(Number.parseInt(`${value}`, 8))).toEqual([]);
  });

  test.each([0, 1, 256, 288, 292, 320, 384, 416, 420, 436, 438, 448, 457, 488, 493, 509, 511])(
    '%d is an ordinary one',
    (value) => {
      expect(mode(value)).toEqual([]);
    },
  );

  test.each([599, 601, 643, 645, 1023, 2541, 4095])('%d is what it is', (value) => {
    expect(mode(value)).toEqual([]);
  });

  test('is told with its octal form', () => {
    expect(mode(600)).toEqual([
      'warning storage.files[0].mode: 600 is decimal here, and means 01130; 0600 is 384',
    ]);
  });
});

test('a connection that NetworkManager would not read', () => {
  const file = (more: object, path = '/etc/NetworkManager/system-connections/eth0.nmconnection') =>
    told({ storage: { files: [{ path, ...more }] } });
  const mode = [
    'warning storage.files[0].mode: NetworkManager ignores a connection that others may read; its mode must be 0600, which is 384 in JSON',
  ];
  for (const bits of [{ mode: 0o644 }, { mode: 0o640 }, {}]) expect(file(bits)).toEqual(mode);
  for (const bits of [0o600, 0o400, 0o700]) expect(file({ mode: bits })).toEqual([]);
  expect(file({ mode: 0o600, user: { name: 'core' } })).toEqual([
    'warning storage.files[0].user: NetworkManager ignores a connection that does not belong to root',
  ]);
  expect(file({ mode: 0o600, user: { id: 0 } })).toEqual([]);
  expect(file({ mode: 0o644 }, '/etc/NetworkManager/conf.d/a.conf')).toEqual([]);
});

describe('paths that Fedora CoreOS does not let Ignition write', () => {
  const nodes = (path: string, more: object = {}) =>
    (['directories', 'files', 'links'] as const).map((kind) =>
      told({ storage: { [kind]: [{ path, ...(kind === 'links' && { target: 'x' }) }], ...more } }),
    );
  const mounted = (path: string, format = 'xfs') => [{ device: '/dev/vdb', format, path }];

  test.each(['/data', '/data/a/b', '/varia', '/etcetera/a', '/usr2'])('%s', (path) => {
    for (const found of nodes(path))
      expect(found).toEqual([
        expect.stringMatching(
          /^warning storage\.\w+\[0\]\.path: Fedora CoreOS allows nothing new directly below \//,
        ),
      ]);
  });

  test.each(['/usr', '/usr/bin/a', '/usr/localize', '/usr/lib/systemd/a', '/bin/a', '/lib64/a'])(
    '%s',
    (path) => {
      for (const found of nodes(path))
        expect(found).toEqual([
          expect.stringMatching(/^warning storage\.\w+\[0\]\.path: \/usr is read-only/),
        ]);
    },
  );

  test.each([
    ...['/', '/etc', '/etc/a', '/var/a', '/home/core/a', '/root/a', '/opt/a/b', '/srv/a', '/mnt/a'],
    ...['/usr/local', '/usr/local/bin/a', '/boot/a', '/media/a', '/run/a', '/tmp/a'],
  ])('not %s', (path) => {
    for (const found of nodes(path)) expect(found).toEqual([]);
  });

  test('what is on a file system of the config can be written', () => {
    const [own, ...others] = nodes('/data/a', { filesystems: mounted('/data') });
    expect(own).toEqual([
      expect.stringMatching(
        /^warning storage\.filesystems\[0\]\.path: Fedora CoreOS allows nothing/,
      ),
    ]);
    for (const found of others) expect(found).toEqual(own);
    for (const [path, format] of [
      ['/dat', 'xfs'],
      ['/data', 'swap'],
      ['/', 'xfs'],
    ] as const)
      expect(nodes('/data/a', { filesystems: mounted(path, format) })[0]?.join()).toContain(
        'storage.directories[0].path',
      );
  });

  test.each([
    ['/home', '/var/home'],
    ['/home/a', '/var/home/a'],
    ['/root', '/var/roothome'],
    ['/usr/local/a', '/var/usrlocal/a'],
    ['/media/a', '/run/media/a'],
  ])('a file system at %s, which is a link to %s', (path, target) => {
    const [found, ...others] = told({ storage: { filesystems: mounted(path) } });
    expect(found).toMatch(
      /^warning storage\.filesystems\[0\]\.path: \S+ is a link on Fedora CoreOS/,
    );
    expect(found?.endsWith(`write ${target}`)).toBe(true);
    expect(others).toEqual([]);
    expect(told({ storage: { filesystems: mounted(target) } })).toEqual([]);
    expect(told({ storage: { filesystems: mounted(path, 'none') } })).toEqual([]);
  });

  test.each(['/var', '/var/lib/data', '/boot', '/', '/etc/a'])('no file system at %s', (path) => {
    expect(told({ storage: { filesystems: mounted(path) } })).toEqual([]);
  });

  test('files that are there already, without overwrite', () => {
    const file = (more: object, path = '/etc/chrony.conf') =>
      told({ storage: { files: [{ path, ...more }] } });
    const contents = { source: 'data:,x' };
    expect(file({ contents })).toEqual([
      'warning storage.files[0].path: Fedora CoreOS has this file already: Ignition fails without overwrite set to true',
    ]);
    expect(file({ contents }, '/etc/ssh/sshd_config')).toHaveLength(1);
    expect(file({ contents, overwrite: true })).toEqual([]);
    expect(file({ append: [contents] })).toEqual([]);
    expect(file({ mode: 0o600 })).toEqual([]);
    expect(file({ contents }, '/etc/hostname')).toEqual([]);
    expect(file({ contents }, '/etc/ssh/sshd_config.d/10-a.conf')).toEqual([]);
  });
});

test('placeholders in URLs', () => {
  const contents = (source: string) =>
    told({ storage: { files: [{ path: '/etc/a', contents: { source } }] } });
  const message =
    'warning storage.files[0].contents.source: it contains a placeholder that was not filled in';
  for (const url of [
    `http://192.0.2.1/${unset('name')}.sh`,
    'http://h/{{ file }}',
    'http://h/%{id}/a',
  ])
    expect(contents(url)).toContain(message);
  for (const url of ['http://h/$name', 'http://h/a?b={1}', 'data:,a%7B%7Bx%7D%7D'])
    expect(contents(url)).toEqual([]);
  const tang = [{ url: `http://h/${unset('x')}`, thumbprint: 'y' }];
  expect(
    told({ storage: { luks: [{ name: 'l', device: '/dev/vdb', clevis: { tang } }] } }),
  ).toEqual([
    'warning storage.luks[0].clevis.tang[0].url: it contains a placeholder that was not filled in',
  ]);
});

describe('SSH keys', () => {
  const nobody =
    'warning passwd: nobody will be able to log in: no user has an SSH key or a password, and autologin is not configured';
  const keys = (...sshAuthorizedKeys: string[]) =>
    told({ passwd: { users: [{ name: 'core', sshAuthorizedKeys }] } });

  test.skipIf(lacks('ssh-keygen')).each(['ed25519', 'rsa', 'ecdsa'])(
    'of type %s, as ssh-keygen makes them',
    (type) => {
      const directory = mkdtempSync(join(tmpdir(), 'ssh-key-'));
      try {
        const path = join(directory, 'key');
        execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'a comment', '-f', path]);
        const key = readFileSync(`${path}.pub`, 'utf8').trim();
        expect(keys(key)).toEqual([]);
        expect(keys(`restrict,command="echo \\"a b\\"",from="192.0.2.*" ${key}`)).toEqual([]);
        expect(keys(`  ${key}\n\n# mine\n`)).toEqual([]);
        expect(keys(key.replace(/ a comment$/, ''))).toEqual([]);
        const cut = key.split(' ').slice(0, 2).join(' ').slice(0, -16);
        expect(keys(cut)).toContain(
          `warning passwd.users[0].sshAuthorizedKeys[0]: what follows ${key.split(' ')[0]} is not a valid key; it may be truncated`,
        );
        const secret = readFileSync(path, 'utf8');
        expect(keys(secret)[1]).toMatch(/it is a private key/);
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
  );

  test.each([
    [unset('ssh_authorized_key'), 'it is a placeholder that was not filled in'],
    ['{{ ssh_key }}', 'it is a placeholder that was not filled in'],
    ['<your key>', 'it is a placeholder that was not filled in'],
    [`ssh-rsa ${unset('key')}`, 'it is a placeholder that was not filled in'],
    ['ssh-rsa REDACTED', 'what follows ssh-rsa is not a valid key; it may be truncated'],
    ['ssh-rsa AAAAB...', 'what follows ssh-rsa is not a valid key; it may be truncated'],
    ['ssh-rsa', 'what follows ssh-rsa is not a valid key; it may be truncated'],
    [
      'ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIIHo',
      'what follows ssh-rsa is not a valid key; it may be truncated',
    ],
    ['/root/.ssh/id_rsa.pub', 'it is the name of a file'],
    ['~/.ssh/id_ed25519.pub', 'it is the name of a file'],
    ['id_rsa.pub', 'it is the name of a file'],
    ['', 'there is no SSH key in it'],
    ['# my key', 'there is no SSH key in it'],
    ['ssh-dss AAAAB3NzaC1kc3M=', 'sshd no longer accepts keys of the type ssh-dss'],
    ['---- BEGIN SSH2 PUBLIC KEY ----', 'it is a key in the format of RFC 4716'],
    ['AAAAC3NzaC1lZDI1NTE5', 'it is not an SSH key of a known type'],
    ['hunter2', 'it is not an SSH key of a known type'],
  ])('let nobody in when they are none: %s', (line, message) => {
    const found = keys(line);
    expect(found).toHaveLength(2);
    expect(found).toContain(nobody);
    expect(found[1]).toContain(`warning passwd.users[0].sshAuthorizedKeys[0]: ${message}`);
    expect(found.join()).not.toContain('hunter2');
  });

  test.each(['a', '{', '"a"', '/', 'x\n', ' '])('may be of any size: many of %j', (piece) => {
    const [, second] = keys(`${piece.repeat((8 * 1024 * 1024) / piece.length)}x`);
    expect(second).toContain('it is longer than any SSH key');
  });

  test('are named where one of several is none', () => {
    expect(keys('ssh-rsa REDACTED', sshKey)).toEqual([
      'warning passwd.users[0].sshAuthorizedKeys[0]: what follows ssh-rsa is not a valid key; it may be truncated',
    ]);
  });
});

test.each([
  ['$6$salt$hash', 0],
  ['$y$j9T$salt$hash', 0],
  ['$2b$05$abc', 0],
  ['ab1234567890.', 0],
  ['*', 1],
  ['!$6$salt$hash', 1],
  ['', 1],
  ['hunter2', 2],
  [unset('password_hash'), 2],
  ['{{ hash }}', 2],
])('the password hash %s', (passwordHash, count) => {
  const found = told({ passwd: { users: [{ name: 'core', passwordHash }] } });
  expect(found).toHaveLength(count);
  expect(found.join()).not.toContain('hunter2');
});
