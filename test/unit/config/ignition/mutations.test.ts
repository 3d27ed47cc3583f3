import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { validateIgnition } from '../../../../src/config/ignition/validate.ts';
import { sshKey } from '../../../qemu/support/configs.ts';
import { realVerdicts } from '../../../support/ignition-validate.ts';
import { lacks } from '../../../support/needs.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const valid = {
  ignition: {
    version: '3.3.0',
    config: { merge: [{ source: 'http://192.0.2.1/a.ign', compression: 'gzip' }] },
    timeouts: { httpTotal: 60 },
    security: { tls: { certificateAuthorities: [{ source: 'https://192.0.2.1/ca.pem' }] } },
    proxy: { httpProxy: 'http://192.0.2.2:3128', noProxy: ['localhost'] },
  },
  kernelArguments: { shouldExist: ['a', 'b=c'], shouldNotExist: ['quiet'] },
  passwd: {
    users: [{ name: 'core', uid: 500, groups: ['wheel', 'docker'], sshAuthorizedKeys: [sshKey] }],
    groups: [{ name: 'docker', gid: 501 }],
  },
  systemd: {
    units: [
      {
        name: 'a.service',
        enabled: true,
        contents: '[Service]\nType=oneshot\n[Install]\nWantedBy=x\n',
      },
      { name: 'b.timer', mask: true, dropins: [{ name: 'c.conf', contents: '[Timer]\nUnit=x\n' }] },
    ],
  },
  storage: {
    disks: [
      {
        device: '/dev/vda',
        wipeTable: true,
        partitions: [
          { number: 1, label: 'a', startMiB: 1, sizeMiB: 9 },
          { number: 2, label: 'b', startMiB: 10 },
        ],
      },
      {
        device: '/dev/vdb',
        partitions: [{ number: 1, shouldExist: false, wipePartitionEntry: true }],
      },
    ],
    raid: [{ name: 'md', level: 'raid5', devices: ['/dev/a', '/dev/b', '/dev/c'], spares: 1 }],
    luks: [
      {
        name: 'l',
        device: '/dev/vdc',
        clevis: { tang: [{ url: 'http://t', thumbprint: 'x' }], threshold: 1 },
      },
    ],
    filesystems: [{ device: '/dev/md/md', format: 'xfs', label: 'data', path: '/var/data' }],
    files: [
      {
        path: '/etc/a',
        mode: 420,
        overwrite: true,
        user: { name: 'core' },
        contents: { source: 'data:,a', verification: { hash: `sha256-${sha256('a')}` } },
      },
      {
        path: '/etc/b',
        append: [{ source: 'https://192.0.2.1/b', httpHeaders: [{ name: 'A', value: 'b' }] }],
      },
    ],
    directories: [{ path: '/etc/d', mode: 493 }],
    links: [{ path: '/etc/e', target: '/etc/a', hard: true }],
  },
};

type Container = Record<string, unknown>;

/** Every place of a value below `value`, as the container and the key in it. */
function placesIn(value: unknown): [container: Container, key: string][] {
  if (typeof value !== 'object' || value === null) return [];
  const container = value as Container;
  return Object.keys(container).flatMap((key) => [
    [container, key] as [Container, string],
    ...placesIn(container[key]),
  ]);
}

const kindOf = (value: unknown) => (Array.isArray(value) ? 'list' : typeof value);

/** Puts into one place what stands in another of its kind, or something of its own, or nothing. */
const mutations = fc.array(
  fc.record({
    place: fc.nat(),
    from: fc.nat(),
    what: fc.constantFrom('other', 'other', 'other', 'other', 'odd', 'gone', 'gone'),
    odd: fc.constantFrom<unknown>(
      ...[null, true, false, 0, 1, 5000, 1.5, 'x', '/x', '/etc/e/x', '', [], {}, 'data:,%', '[x'],
    ),
  }),
  { minLength: 1, maxLength: 2 },
);

const mutated = mutations.map((list) => {
  const config: Container = structuredClone(valid);
  for (const { place, from, what, odd } of list) {
    const { ignition: _, ...sections } = config;
    const places = placesIn(sections);
    const [container, key] = places[place % places.length] ?? [config, 'storage'];
    const alike = places.filter(([other, name]) => kindOf(other[name]) === kindOf(container[key]));
    const [other, otherKey] = alike[from % alike.length] ?? [container, key];
    if (what === 'gone') delete container[key];
    else container[key] = structuredClone(what === 'odd' ? odd : other[otherKey]);
  }
  return JSON.stringify(config);
});

/** Where the specification asks for more than `ignition-validate` does; see `differences.ts`. */
const stricter = [
  ...['it is missing', 'it is empty', 'it is less than 0'],
  'it is below a file of this config, which is not a directory',
  'a name must consist of letters (a to z), digits, and . _ -, not begin with -, and not be a number',
  'an array of this level needs at least 2 devices besides spares',
  'it must be from 1 to 1, the number of tang and tpm2 together',
  'there is neither tang nor tpm2 for it',
  'the data has a different hash',
  'the data is not compressed with gzip',
];

describe.skipIf(lacks('ignition-validate'))('ignition-validate agrees', () => {
  test('on configs in which a few values were changed', async () => {
    const texts = [JSON.stringify(valid), ...fc.sample(mutated, { seed: 1, numRuns: 150 })];
    const real = await realVerdicts(texts);
    const disagreeing = texts.flatMap((text, index) => {
      const { findings } = validateIgnition(Buffer.from(text));
      const errors = findings.filter(({ severity }) => severity !== 'warning');
      const { valid, said } = real[index] ?? {};
      if ((errors.length === 0) === valid) return [];
      if (valid && errors.every(({ message }) => stricter.includes(message))) return [];
      return [{ text, said, errors }];
    });
    expect(disagreeing).toEqual([]);
    const count = real.filter(({ valid }) => valid).length;
    expect(count).toBeGreaterThan(30);
    expect(texts.length - count).toBeGreaterThan(30);
  }, 120_000);
});
