import { expect, test } from 'vitest';
import { run } from './run.ts';

const head = 'variant: fcos\nversion: 1.0.0\n';
const file = (lines: string) => `${head}storage:\n  files:\n    - path: /a\n${lines}`;

test.each<[string, string | Uint8Array, string]>([
  ['nothing', '', '1:1 error: it is empty'],
  ['only a comment', '# to do\n', '1:1 error: it is empty'],
  ['a text', 'hello\n', '1:1 error: it must be a mapping: key: value'],
  ['a list', '- a\n', '1:1 error: it must be a mapping: key: value'],
  [
    'a tab',
    'variant: fcos\npasswd:\n\tusers: []\n',
    '3:1 error: there is a tab in the indentation',
  ],
  ['no variant', 'version: 1.0.0\n', '1:1 error: variant is missing'],
  ['no version', 'variant: fcos\n', '1:1 error: version is missing'],
  [
    'an unknown variant',
    'variant: cros\nversion: 1.0.0\n',
    '1:10 error variant: variant cros is not known',
  ],
  [
    'a variant of every object',
    'variant: constructor\nversion: 1.0.0\n',
    '1:10 error variant: variant constructor is not known',
  ],
  ...['flatcar', 'openshift', 'rhcos', 'r4e', 'fiot'].map((variant): [string, string, string] => [
    `the variant ${variant}`,
    `variant: ${variant}\nversion: 1.0.0\n`,
    `1:10 error variant: variant ${variant} is for `,
  ]),
  [
    'a later version',
    'variant: fcos\nversion: 1.8.0\n',
    '2:10 error version: version 1.8.0 is newer than the newest one supported (1.7.0)',
  ],
  [
    'a stable version as experimental',
    'variant: fcos\nversion: 1.7.0-experimental\n',
    '2:10 error version: version 1.7.0-experimental changes without notice',
  ],
  [
    'a version of another form',
    'variant: fcos\nversion: 1.5\n',
    '2:10 error version: version 1.5 is not of the form 1.0.0',
  ],
  [
    'a placeholder for the version',
    'variant: fcos\nversion: {version}\n',
    '2:10 error version: version is a placeholder that was not filled in',
  ],
  [
    'another placeholder for the version',
    'variant: fcos\nversion: "{{ version }}"\n',
    '2:10 error version: version {{ version }} is a placeholder',
  ],
  [
    'a list for the version',
    'variant: fcos\nversion: [1]\n',
    '2:10 error version: version must be a text',
  ],
  ['two documents', `${head}---\n${head}`, 'error: it contains more than one YAML document'],
  ['a key twice', `${head}passwd: {}\npasswd: {}\n`, '4:1 error: duplicate key passwd'],
  ['an alias of nothing', `${head}passwd: *x\n`, '3:9 error: '],
  [
    'an alias of itself',
    `${head}passwd: &p\n  users: *p\n`,
    '4:3 error passwd.users: it must be a list',
  ],
  ['not UTF-8', Buffer.from(`${head}# \xff\n`, 'latin1'), '3:1 error: it is not text in UTF-8'],
  ['UTF-16', Buffer.from(`\ufeff${head}`, 'utf16le'), 'error: it is not text in UTF-8'],
  [
    'a text for a number',
    file('      mode: rw\n'),
    '6:13 error storage.files[0].mode: it must be a whole',
  ],
  ['a quoted mode', file('      mode: "0644"\n'), 'it must be a whole number, without quotes'],
  ['an octal with 9', file('      mode: 0699\n'), 'must not contain the digits 8 and 9'],
  [
    'a text for a flag',
    file('      overwrite: maybe\n'),
    '6:18 error storage.files[0].overwrite: it must',
  ],
  [
    'a text for a mapping',
    file('      contents: x\n'),
    '6:17 error storage.files[0].contents: it must be a mapping',
  ],
  [
    'a mapping for a list',
    `${head}storage:\n  files: {path: /a}\n`,
    '4:10 error storage.files: it must be a list',
  ],
  [
    'a list for a text',
    file('      user: {name: [a]}\n'),
    'storage.files[0].user.name: it must be text',
  ],
  ['a tag', file('      user: {name: !!binary aGk=}\n'), 'the tag'],
  [
    'no path',
    `${head}storage:\n  files:\n    - mode: 0644\n`,
    '5:7 error storage.files[0]: path is missing',
  ],
  [
    'a path that is null',
    `${head}storage:\n  files:\n    - path:\n      mode: 0644\n`,
    '5:7 error storage.files[0]: path is missing',
  ],
  [
    'an alias of null for a path',
    `${head}x: &x ~\nstorage:\n  files:\n    - path: *x\n`,
    '6:7 error storage.files[0]: path is missing',
  ],
  [
    'an empty path',
    `${head}storage:\n  files:\n    - path: ""\n`,
    '5:13 error storage.files[0].path: it is empty',
  ],
  [
    'an empty entry',
    `${head}storage:\n  files:\n    - ~\n`,
    '5:7 error storage.files[0]: path is missing',
  ],
  ...['name: ~, password_hash: x', 'password_hash: x'].map((user): [string, string, string] => [
    `a user of GRUB with {${user}}`,
    `variant: fcos\nversion: 1.5.0\ngrub: {users: [{${user}}]}\n`,
    '3:16 error grub.users[0]: name is missing',
  ]),
  [
    'a user of GRUB without a password',
    'variant: fcos\nversion: 1.5.0\ngrub: {users: [{name: root, password_hash: null}]}\n',
    '3:16 error grub.users[0]: password_hash is missing',
  ],
  [
    'a user of GRUB with an empty password',
    'variant: fcos\nversion: 1.5.0\ngrub: {users: [{name: root, password_hash: ""}]}\n',
    '3:44 error grub.users[0].password_hash: it is empty',
  ],
  [
    'a user of GRUB that is null',
    'variant: fcos\nversion: 1.5.0\ngrub: {users: [~]}\n',
    '3:16 error grub.users[0]: name is missing',
  ],
  ...['{path: /x}', '{local: , path: /x}', '~'].map((tree): [string, string, string] => [
    `a tree that is ${tree}`,
    `variant: fcos\nversion: 1.1.0\nstorage:\n  trees: [${tree}]\n`,
    '4:11 error storage.trees[0]: local is missing',
  ]),
  [
    'a tree of an empty path',
    'variant: fcos\nversion: 1.1.0\nstorage:\n  trees: [{local: ""}]\n',
    '4:19 error storage.trees[0].local: it is empty',
  ],
  [
    'two sources',
    file('      contents: {inline: a, source: "data:,"}\n'),
    'only one of source and inline can be given',
  ],
  [
    'a local file',
    `${head.replace('1.0.0', '1.1.0')}storage:\n  files: [{path: /a, contents: {local: x}}]\n`,
    'storage.files[0].contents.local: local files are read only by coreos-installer translate',
  ],
])('%s', (_, yaml, expected) => {
  expect(run(yaml)).toContain(expected);
});

test.each([
  [
    'a typing error',
    `${head}paswd: {}\n`,
    '3:1 warning paswd: there is no such key; the nearest is passwd',
  ],
  [
    'an Ignition name',
    `${head}passwd: {users: [{name: a, sshAuthorizedKeys: []}]}\n`,
    'the nearest is ssh_authorized_keys',
  ],
  [
    'a newer key',
    `${head}kernel_arguments: {}\n`,
    'no such key in version 1.0.0; version 1.4.0 has it',
  ],
  [
    'what only JSON has',
    `${head}ignition: {version: 3.0.0}\n`,
    '3:12 warning ignition.version: there is no such key',
  ],
  [
    'a key of every object',
    `${head}constructor: {}\n__proto__: {}\n`,
    '3:1 warning constructor: there is no such key',
  ],
])('warned of: %s', (_, yaml, expected) => {
  expect(run(yaml)).toContain(expected);
});

const many = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('');
const bombs = {
  laughs: `a0: &a0 [x]\n${many(9, (n) => `a${n + 1}: &a${n + 1} [${many(9, () => `*a${n},`)}]\n`)}passwd: {users: *a9}\n`,
  disks: `storage:\n  disks:\n    - &d\n      device: /dev/vda\n      partitions:\n${many(1000, () => '        - {label: x}\n')}${many(1000, () => '    - *d\n')}`,
  merges: `a0: &a0 {k: v}\n${many(40, (n) => `a${n + 1}: &a${n + 1}\n  <<: [*a${n}, *a${n}]\n`)}passwd:\n  <<: *a40\n`,
  brackets: `x: ${'['.repeat(100_000)}`,
  dashes: `x:\n  ${'- '.repeat(100_000)}`,
  entries: `x:\n${many(500_000, () => '- a\n')}`,
};
test.each(Object.entries(bombs))('a bomb of %s is refused soon', (_, yaml) => {
  const startMs = performance.now();
  expect(run(`variant: fcos\nversion: 1.1.0\n${yaml}`)).toMatch(/\d+:\d+ error/);
  expect(performance.now() - startMs).toBeLessThan(15_000);
});

test('100 MB are refused at once', () => {
  expect(run(Buffer.alloc(100 * 1024 * 1024, 'a: b\n'))).toBe(
    '1:1 error: it is larger than 16 MiB',
  );
});
