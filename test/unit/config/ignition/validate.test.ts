import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { validateIgnition } from '../../../../src/config/ignition/validate.ts';
import { everything, sshKey } from '../../../qemu/support/configs.ts';
import { httpd, kubernetesNode, simple } from '../../../qemu/support/guide.ts';

const validate = (config: unknown) =>
  validateIgnition(Buffer.from(typeof config === 'string' ? config : JSON.stringify(config)));
const v = (version: string, sections: object = {}) => ({ ignition: { version }, ...sections });
const login = { users: [{ name: 'core', sshAuthorizedKeys: [sshKey] }] };

/** What is found, as `line:column severity path: message`. */
const told = (config: unknown) =>
  validate(config).findings.map(
    ({ line, column, severity, path, message }) =>
      `${line}:${column} ${severity} ${path}: ${message}`,
  );

test.each([
  ['simple', simple],
  ['httpd', httpd],
  ['kubernetesNode', kubernetesNode],
  ['everything', everything],
])('the example config %s is valid, and nothing is odd about it', (_, config) => {
  expect(validate(config)).toMatchObject({ findings: [], version: '3.0.0' });
  expect(told(JSON.stringify(config, null, 2))).toEqual([]);
});

test('what a config sets up is told by name', () => {
  expect(validate(kubernetesNode).summary).toEqual({
    users: ['core'],
    groups: [],
    units: ['kubelet.service', 'join_cluster.service'],
    files: [
      ...['/root/bin/kubelet', '/root/bin/kubeadm', '/root/bin/crictl'],
      '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf',
      ...['/etc/sysconfig/kubelet', '/opt/join_cluster.sh'],
    ],
    ...{ directories: [], links: [], disks: [], filesystems: [], raid: [], luks: [] },
    ...{ kernelArguments: [], furtherConfigs: 0 },
  });
});

test('findings stand in the order of the text, each with its place', () => {
  const text = `{
  "ignition": { "version": "3.0.0" },
  "storage": {
    "files": [
      { "path": "etc/motd", "mode": "0644" },
      { "path": "/etc/issue", "contens": {}, "mode": 1.5 }
    ]
  },
  "paswd": {}
}`;
  expect(told(text)).toEqual([
    '5:17 error storage.files[0].path: the path must begin with /',
    '5:37 error storage.files[0].mode: it must be a whole number',
    '6:31 warning storage.files[1].contens: there is no such field; the nearest is contents',
    '6:54 error storage.files[1].mode: it must be a whole number',
    '9:3 warning paswd: there is no such field; the nearest is passwd',
  ]);
});

test.each<[string, object, string]>([
  [
    'later than the version',
    v('3.0.0', { passwd: login, kernelArguments: {} }),
    'version 3.0.0 does not have this field; a newer one does',
  ],
  ['not even near', v('3.0.0', { passwd: login, networkd: {} }), 'there is no such field'],
  ['in other letters', v('3.0.0', { Passwd: login }), 'it should be written passwd'],
])('a field that is %s', (_, config, message) => {
  expect(validate(config).findings).toMatchObject([{ severity: 'warning', message }]);
});

test.each<[string, string, string]>([
  [
    'newer',
    '3.9.0',
    '3.9.0 is newer than the newest version supported (3.6.0); it was checked as that',
  ],
  ['experimental', '3.4.0-experimental', 'only one release of Ignition reads 3.4.0-experimental'],
])('a version that is %s is a warning', (_, version, message) => {
  expect(validate(v(version, { passwd: login })).findings).toEqual([
    expect.objectContaining({ severity: 'warning', message: expect.stringContaining(message) }),
  ]);
});

test('characters that one does not see, in names', () => {
  const files = [{ path: '/etc/a\u200b' }, { path: '/etc/a\u00a0b' }, { path: '/etc/b\u00a0' }];
  expect(told(v('3.0.0', { passwd: login, storage: { files } }))).toEqual([
    expect.stringContaining('storage.files[0].path: it contains a zero-width space (U+200B)'),
    expect.stringContaining('storage.files[2].path: it contains a no-break space (U+00A0)'),
  ]);
  expect(told(v('3.0.0', { passwd: login, 'storage\u00a0': {} }))[0]).toContain(
    'there is no such field; it contains a no-break space (U+00A0)',
  );
});

test('a version that never was is an error', () => {
  expect(told(v('3.0.1', { passwd: login }))).toEqual([
    '1:24 error ignition.version: there is no version 3.0.1; the last number must be 0',
  ]);
});

test('a name that is written twice', () => {
  const users = JSON.stringify(login);
  expect(told(`{"ignition":{"version":"3.0.0"},"passwd":{},"passwd":${users}}`)).toEqual([
    '1:45 error passwd: it occurs twice; only one of them is used',
  ]);
});

const unit = (contents: string) => ({
  systemd: { units: [{ name: 'getty@tty1.service', dropins: [{ name: 'a.conf', contents }] }] },
});

test.each<[string, object]>([
  ['an SSH key', { passwd: login }],
  ['a password', { passwd: { users: [{ name: 'core', passwordHash: '$y$x' }] } }],
  ['a login by itself', unit('[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin core %I')],
  ['a file of keys', { storage: { files: [{ path: '/root/.ssh/authorized_keys' }] } }],
])('with %s somebody can log in', (_, sections) => {
  expect(told(v('3.0.0', sections))).toEqual([]);
});

test('a config that is fetched may let somebody log in', () => {
  const config = { merge: [{ source: 'http://192.0.2.1/more.ign' }] };
  expect(told({ ignition: { version: '3.0.0', config } })).toEqual([]);
});

test.each<[string, object]>([
  ['no user', {}],
  ['a user with neither key nor password', { passwd: { users: [{ name: 'core' }] } }],
  ['a password that matches nothing', { passwd: { users: [{ name: 'core', passwordHash: '*' }] } }],
  ['a user who is to go', { passwd: { users: [{ ...login.users[0], shouldExist: false }] } }],
])('with %s nobody can log in', (_, sections) => {
  expect(told(v('3.2.0', sections)).join()).toMatch(/^1:\d+ warning passwd: nobody will be able/);
});

test('a mode that was meant as octal', () => {
  const storage = {
    files: [
      { path: '/etc/a', mode: 644 },
      { path: '/etc/b', mode: 420 },
    ],
  };
  expect(validate(v('3.0.0', { passwd: login, storage })).findings).toMatchObject([
    { path: 'storage.files[0].mode', message: '644 is decimal here, and means 01204; 0644 is 420' },
  ]);
});

test('only some of many findings are told, and how many more there are', () => {
  const files = Array.from({ length: 2000 }, () => ({ path: 'x' }));
  const { findings } = validate(v('3.0.0', { passwd: login, storage: { files } }));
  expect(findings).toHaveLength(51);
  expect(findings.at(-1)).toMatchObject({ severity: 'error', message: '3949 more from here on' });
});

test.each<[string, string, string]>([
  [
    'comments',
    '{"ignition": {"version": "3.0.0"} // mine\n}',
    '1:35 fatal : it is not valid JSON: a comma is missing',
  ],
  [
    'a trailing comma',
    '{"ignition": {"version": "3.0.0"},\n}',
    '2:1 fatal : it is not valid JSON: a name in double quotes is missing',
  ],
  [
    'deep nesting',
    `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    '1:1 fatal : it is nested more than 200 levels deep',
  ],
  [
    'very deep nesting that never ends',
    '['.repeat(1_000_000),
    '1:1 fatal : it is nested more than 200 levels deep',
  ],
  [
    'very many values',
    `{"a":[${'0,'.repeat(300_000)}0]}`,
    '1:1 fatal : it has more than 100000 values',
  ],
  [
    'base64',
    Buffer.from(JSON.stringify(simple)).toString('base64'),
    '1:1 fatal : it is encoded as base64',
  ],
])('a text with %s', (_, text, message) => {
  expect(told(text)).toEqual([message]);
});

test('a nested thing as deep as allowed, where nothing knows it, is only unknown', () => {
  const deep = `${'['.repeat(198)}${']'.repeat(198)}`;
  expect(
    told(`{"ignition":{"version":"3.0.0"},"a":${deep},"passwd":${JSON.stringify(login)}}`),
  ).toEqual(['1:33 warning a: there is no such field']);
});

test('one large file is checked quickly', () => {
  const data = Buffer.alloc(11 * 1024 * 1024, 1).toString('base64');
  const files = [{ path: '/etc/a', contents: { source: `data:;base64,${data}` } }];
  const startMs = performance.now();
  expect(told(v('3.0.0', { passwd: login, storage: { files } }))).toEqual([]);
  expect(performance.now() - startMs).toBeLessThan(10_000);
});

test('whatever the bytes are, nothing is thrown', () => {
  const text = fc
    .json()
    .map((json) => `{"ignition":{"version":"3.1.0"},"storage":${json},"passwd":${json}}`);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        text.map((json) => Buffer.from(json)),
      ),
      (bytes) => {
        for (const { line, column } of validateIgnition(bytes).findings) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
        }
      },
    ),
  );
});

test('a backslash with something after it does not continue a line of a unit', () => {
  const found = (contents: string) =>
    told(v('3.0.0', { passwd: login, systemd: { units: [{ name: 'a.service', contents }] } }));
  expect(found('[Service]\nExecStart=a \\\n  b\n')).toEqual([]);
  for (const after of [' ', '\r', '\t'])
    expect(found(`[Service]\nExecStart=a \\${after}\n  b\n`)).toEqual([
      expect.stringContaining(
        'line 3 of the unit is neither a [Section] nor Name=value, and does not continue the line before it',
      ),
    ]);
  expect(found('[Service]\nA=b\nc\n').join()).not.toContain('continue');
});

test.each<[number | undefined, number, string | undefined]>([
  [undefined, 0, undefined],
  [1, 0, undefined],
  [0, 0, 'it must be from 1 to 1, the number of tang and tpm2 together'],
  [2, 0, 'it must be from 1 to 1, the number of tang and tpm2 together'],
  [3, 2, undefined],
  [4, 2, 'it must be from 1 to 3, the number of tang and tpm2 together'],
])('a threshold of %s with a TPM and %d servers', (threshold, count, message) => {
  const tang = Array.from({ length: count }, (_, index) => ({
    url: `http://t${index}`,
    thumbprint: 'x',
  }));
  const luks = [{ name: 'l', device: '/dev/vdb', clevis: { tpm2: true, tang, threshold } }];
  expect(validate(v('3.2.0', { passwd: login, storage: { luks } })).findings).toMatchObject(
    message === undefined ? [] : [{ path: 'storage.luks[0].clevis.threshold', message }],
  );
});

test.each<[string, number, number | undefined, number]>([
  ['linear', 1, undefined, 1],
  ['raid0', 1, undefined, 1],
  ['1', 1, undefined, 1],
  ['raid1', 2, 1, 1],
  ['raid1', 1, 1, 1],
  ['raid4', 1, undefined, 2],
  ['5', 3, 1, 2],
  ['raid5', 2, 1, 2],
  ['raid10', 2, undefined, 2],
  ['10', 1, undefined, 2],
  ['raid6', 4, 0, 4],
  ['6', 4, 1, 4],
])('an array of level %s with %d devices, spares: %s, needs %d', (level, count, spares, needed) => {
  const devices = Array.from({ length: count }, (_, index) => `/dev/vd${index}`);
  const raid = [{ name: 'r', level, devices, spares }];
  const message = `an array of this level needs at least ${needed} devices besides spares`;
  expect(validate(v('3.0.0', { passwd: login, storage: { raid } })).findings).toMatchObject(
    count - (spares ?? 0) >= needed ? [] : [{ path: 'storage.raid[0].devices', message }],
  );
});

describe('what useradd and groupadd refuse', () => {
  const user = (more: object) =>
    told(v('3.2.0', { passwd: { users: [...login.users, { name: 'a', ...more }] } }));
  const at = (key: string, message: string) => [
    expect.stringMatching(new RegExp(`error passwd\\.users\\[1\\]\\.${key}: ${message}`)),
  ];

  test.each([
    'john doe',
    'a,b',
    'a:b',
    'a/b',
    '-a',
    '1000',
    '.',
    '..',
    'a$b',
    'jürgen',
    'a\n',
    'a@b',
  ])('the name %j', (name) => {
    expect(user({ name })).toEqual(at('name', 'a name must consist of'));
    expect(user({ name, shouldExist: false })).toEqual([]);
    const groups = [{ name }];
    expect(told(v('3.2.0', { passwd: { ...login, groups } })).join()).toContain(
      'error passwd.groups[0].name: a name must consist of',
    );
  });

  test.each(['a', '_a', 'A.b-c', '1a', '.a', 'machine$', 'a_1'])('not the name %j', (name) => {
    expect(user({ name })).toEqual([]);
  });

  test.each<[string, string, string]>([
    ['passwordHash', '$6$salt$hash\n', 'it contains a colon or a line break'],
    ['passwordHash', 'a:b', 'it contains a colon or a line break'],
    ['gecos', 'Ops: on call', 'it contains a colon or a line break'],
    ['homeDir', '/a:b', 'it contains a colon or a line break'],
    ['homeDir', 'var/a', 'the path must begin with /'],
    ['shell', '/bin/sh\n', 'it contains a colon or a line break'],
    ['shell', 'bash', 'the path must begin with /'],
  ])('the %s %j', (key, value, message) => {
    expect(user({ [key]: value })).toEqual(at(key, message));
  });

  test('a hash of a group with a line break', () => {
    const groups = [{ name: 'a', passwordHash: 'x\n' }];
    expect(told(v('3.0.0', { passwd: { ...login, groups } })).join()).toContain(
      'error passwd.groups[0].passwordHash: it contains a colon or a line break',
    );
  });

  test('nothing that is empty', () => {
    expect(user({ passwordHash: '', gecos: '', homeDir: '', shell: '' })).toEqual([]);
    expect(user({ shell: '*' })).toEqual([]);
  });
});
