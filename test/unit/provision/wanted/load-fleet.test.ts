import { createHash } from 'node:crypto';
import { chmodSync, chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../../../../src/lib/errors.ts';
import { loadFleet } from '../../../../src/provision/wanted/load-fleet.ts';
import {
  type FleetDirectory,
  makeFleet,
  profileOf,
  workerTemplate,
} from '../../../support/fleet-directory.ts';
import { lacksRoot } from '../../../support/needs.ts';

/** What is wrong, a line each. */
async function faultsOf(fleet: FleetDirectory): Promise<readonly string[]> {
  try {
    await loadFleet(fleet.path);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.failure.code).toBe('fleet-invalid');
    return error.failure.reasons ?? [];
  }
}

const configOf = (config: Buffer | undefined) => JSON.parse(config?.toString() ?? '{}');

test('all that the files ask for', async () => {
  using fleet = makeFleet(
    'name,mac,uuid,serial,rack,profile,generation,hostname\n' +
      'n1,52-54-00-00-00-01 5254.0000.00AA,,SN7,r1,worker,,n1.example\n' +
      'n2,,4C4C4544-0042-3510-8051-B4C04F4A3132,,r2,worker,3,n2.example\n',
  );
  fleet.put(
    'fleet.yaml',
    'url: http://192.0.2.1:8080/\ntls_url: https://fleet.example\nconcurrency: 40\ncanary: 0\n' +
      'stop_when: {failures: 5}\nedges:\n  r1: http://192.0.2.9/\n',
  );
  fleet.put(
    'profiles/worker.yaml',
    profileOf(fleet, 'kargs: ["console=ttyS1,115200n8"]\nlocal_boot: sanboot\nphone_home: true\n'),
  );
  const { settings, profiles, machines, warnings } = await loadFleet(fleet.path);
  expect(warnings).toEqual([expect.stringContaining('phone_home is true')]);
  expect(settings).toEqual({
    url: 'http://192.0.2.1:8080',
    tlsUrl: 'https://fleet.example',
    concurrency: 40,
    canary: 0,
    stopWhen: { failures: 5, percent: 5 },
    edges: new Map([['r1', 'http://192.0.2.9']]),
  });
  expect(profiles.get('worker')).toMatchObject({
    name: 'worker',
    image: { fileName: 'metal.raw.xz', sizeBytes: 12 },
    kernel: { fileName: 'vmlinuz' },
    initramfs: { fileName: 'initramfs.img' },
    device: '/dev/vda',
    kargs: ['console=ttyS1,115200n8'],
    localBoot: 'sanboot',
    phoneHome: true,
  });
  const [n1, n2] = machines.values();
  expect(n1).toMatchObject({
    name: 'n1',
    identity: { macs: ['52:54:00:00:00:01', '52:54:00:00:00:aa'], serial: 'sn7' },
    rack: 'r1',
    profile: 'worker',
    generation: 1,
    values: { hostname: 'n1.example' },
  });
  expect(n2).toMatchObject({
    identity: { macs: [], uuid: '4c4c4544-0042-3510-8051-b4c04f4a3132' },
    generation: 3,
  });
  expect(configOf(n1?.config)).toMatchObject({
    ignition: { version: '3.4.0' },
    storage: { files: [{ path: '/etc/hostname', contents: { source: 'data:,n1.example' } }] },
  });
  expect(n2?.config.toString()).toContain('n2.example');
  for (const { config, configSha512 } of machines.values())
    expect(configSha512).toBe(createHash('sha512').update(config).digest('hex'));
  expect({ ...n1 }.config).toEqual(n1?.config);
});

test('a fleet without machines is one', async () => {
  using fleet = makeFleet('name,mac,rack,profile\n');
  const { machines } = await loadFleet(fleet.path);
  expect(machines.size).toBe(0);
});

test('everything that is wrong is said at once, with its place', async () => {
  using fleet = makeFleet(
    'name,mac,rack,profile,hostname\n' +
      'n1,52:54:00:00:00:01,r1,worker,a\n' +
      'n2,52:54:00:00:00:0x,r1,worker,b\n' +
      'n3,5254.0000.0001,r1,wroker,c\n',
  );
  fleet.put('fleet.yaml', 'url: ftp://x\nconcurency: 4\n');
  fleet.put('profiles/worker.yaml', profileOf(fleet, 'local_boot: eixt\n'));
  fleet.put('butane/other.bu', `variant: fcos\nversion: "\${version"\n`);
  expect(await faultsOf(fleet)).toEqual([
    'fleet.yaml:1:6: error: url: it must be such as http://192.0.2.1:8080, without a path, password or query.',
    'fleet.yaml:2:13: error: concurency: there is no such key; the nearest is concurrency.',
    `butane/other.bu:2:11: error: a placeholder is not a name between braces. A \${ that is not a value’s is written $\${.`,
    'profiles/worker.yaml:6:13: error: local_boot: it must be one of exit, sanboot.',
    'machines.csv:3: error: mac: "52:54:00:00:00:0x" is not a MAC address of 12 hex digits.',
    'machines.csv:4: error: mac 52:54:00:00:00:01 is already in line 2.',
    'machines.csv:4: error: there is no profile wroker; the nearest is worker.',
  ]);
});

test('a missing file, and one that is too large or not text', async () => {
  using fleet = makeFleet();
  rmSync(join(fleet.path, 'machines.csv'));
  fleet.put('butane/worker.bu', Buffer.from('variant: fcos\nversion: \xff\n', 'latin1'));
  fleet.put('secrets/a.yaml', Buffer.alloc(16 * 1024 * 1024 + 1, '#'));
  expect(await faultsOf(fleet)).toEqual([
    'machines.csv: error: there is no such file.',
    'secrets/a.yaml: error: it is larger than 16 MiB.',
    'butane/worker.bu:2:1: error: it is not text in UTF-8. Save it as UTF-8.',
  ]);
});

test('a directory that cannot be read', async () => {
  using fleet = makeFleet();
  fleet.put('secrets', 'a file');
  expect(await faultsOf(fleet)).toEqual(['secrets: error: it cannot be read (ENOTDIR).']);
});

test('a fault of a template is told once, with the machines that it concerns', async () => {
  using fleet = makeFleet(
    `name,mac,rack,profile,path\n${[1, 2, 3].map((n) => `n${n},52:54:00:00:00:0${n},r1,worker,${n === 3 ? '/ok' : 'not-absolute'}\n`).join('')}`,
  );
  fleet.put(
    'butane/worker.bu',
    `variant: fcos\nversion: 1.5.0\nstorage:\n  files:\n    - path: \${path}\n      contents: {inline: "\${hostnam}"}\n`,
  );
  expect(await faultsOf(fleet)).toEqual([
    `butane/worker.bu:6:27: error: there is no value for hostnam. A \${ that is not a value’s is written $\${. (machine n1 and 2 more)`,
  ]);
  fleet.put(
    'butane/worker.bu',
    `variant: fcos\nversion: 1.5.0\nstorage:\n  files:\n    - path: \${path}\n`,
  );
  expect(await faultsOf(fleet)).toEqual([
    'butane/worker.bu:5:13: error: the path must begin with / (storage.files[0].path). (machine n1 and 1 more)',
  ]);
});

test('more faults than anybody reads are counted', async () => {
  const lines = Array.from({ length: 80 }, (_, n) => `n${n},,r1,worker\n`).join('');
  using fleet = makeFleet(`name,mac,rack,profile\n${lines}`);
  const faults = await faultsOf(fleet);
  expect(faults).toHaveLength(51);
  expect(faults.at(-1)).toBe('30 more errors');
});

test('assets that are missing, cut or changed', async () => {
  using fleet = makeFleet();
  const image = fleet.addAsset('metal.raw.xz');
  writeFileSync(join(fleet.path, `assets/sha256-${image}/metal.raw.xz`), 'cut');
  const kernel = fleet.addAsset('vmlinuz');
  rmSync(join(fleet.path, `assets/sha256-${kernel}/vmlinuz`));
  const initramfs = fleet.addAsset('initramfs.img');
  rmSync(join(fleet.path, `assets/sha256-${initramfs}.json`));
  const next = `Add it: coreos-provision image add ${fleet.path} FILE.`;
  expect(await faultsOf(fleet)).toEqual([
    `profiles/worker.yaml:1:8: error: image: assets/sha256-${image}/metal.raw.xz has 3 bytes, and had 12 when it was added. ${next}`,
    `profiles/worker.yaml:2:9: error: kernel: the file assets/sha256-${kernel}/vmlinuz is missing. ${next}`,
    `profiles/worker.yaml:3:12: error: initramfs: no file with this digest was added. ${next}`,
  ]);
});

test('the template of a profile without its image is tried too', async () => {
  using fleet = makeFleet();
  rmSync(join(fleet.path, 'assets'), { recursive: true });
  fleet.put('butane/worker.bu', `variant: fcos\nversion: 1.5.0\nx: \${hostnam}\n`);
  const faults = await faultsOf(fleet);
  expect(faults).toHaveLength(4);
  expect(faults[3]).toContain('butane/worker.bu:3:4: error: there is no value for hostnam');
});

test('secrets are for their owner only, and get into configs but nowhere else', async () => {
  using fleet = makeFleet();
  fleet.put(
    'butane/worker.bu',
    `variant: fcos\nversion: 1.5.0\nstorage:\n  files:\n    - path: /etc/token\n      contents: {inline: "\${secret.token} \${secret.own}"}\n`,
  );
  fleet.put('secrets/a.yaml', 'token: "s3cr3t"\nown:\n  n1: m1ne\n  n2: other\n');
  const { machines, maskedConfig } = await loadFleet(fleet.path);
  const n1 = machines.get('n1');
  expect(n1?.config.toString()).toContain('data:,s3cr3t%20m1ne');
  expect(JSON.stringify(n1?.values)).not.toContain('s3cr3t');
  expect(maskedConfig('n1')?.toString()).toMatch(/data:,(\*|%2A){3}%20(\*|%2A){3}/);
  expect(maskedConfig('n1')?.toString()).not.toMatch(/s3cr3t|m1ne|other/);
  expect(maskedConfig('n2')).toBeUndefined();

  chmodSync(join(fleet.path, 'secrets/a.yaml'), 0o640);
  expect(await faultsOf(fleet)).toEqual([
    'secrets/a.yaml: error: its mode is 0640, so that other users can read or change it (make it 0600).',
    expect.stringContaining('there is no value for secret.token'),
    expect.stringContaining('there is no value for secret.own'),
  ]);
});

test.each([
  ['version: 1.5.0', `version: "\${secret.token}"`],
  ['x: y', `storage: {files: [{path: /x, contents: {local: "\${secret.token}"}}]}`],
  ['x: y', `storage: {files: [{path: "\${secret.token}"}, {path: "\${secret.token}"}]}`],
  ['x: y', `systemd: {units: [{name: "\${secret.token}"}]}`],
  ['x: y', `storage: {disks: [{device: "\${secret.token}"}]}`],
  ['version: 1.5.0', `z: "\${secret.token}"\nversion: "\${secret.longer}"`],
])('no message has a secret: %s %s', async (line, instead) => {
  using fleet = makeFleet();
  const template = 'variant: fcos\nversion: 1.5.0\nx: y\n';
  fleet.put(
    'butane/worker.bu',
    template.replace(line, () => instead),
  );
  fleet.put('secrets/a.yaml', 'token: s3cr3t\nlonger: s3cr3t-hunter2\n');
  const faults = (await faultsOf(fleet)).join('\n');
  expect(faults).not.toBe('');
  expect(faults).not.toMatch(/s3cr3t|hunter2/);
});

const withToken = workerTemplate.replace('{hostname}', '{secret.token}');

test('whatever a secret is, no message has it, and none is installed empty or shortened', async () => {
  using fleet = makeFleet();
  fleet.put('butane/worker.bu', withToken);
  const marked = 'hunter2pass';
  const signs = fc.constantFrom('', ...'|>*&!?-#%@`"\'{}[],:~= \t\\<');
  const value = fc
    .tuple(signs, signs, signs, signs)
    .map(([a, b, c, d]) => `${a}${b}${marked}${c}${d}`);
  const lines = fc.constantFrom(
    (text: string) => `token: ${text}\n`,
    (text: string) => `token:\n  n1: ${text}\n`,
    (text: string) => `other: x\ntoken: ${text}\nmore: y\n`,
    (text: string) => `token: x\n${text}: y\n${text}: z\n`,
    (text: string) => `token: |\n${text}\n`,
  );
  const check = async (made: string, text: string) => {
    fleet.put('secrets/a.yaml', made);
    const said = await loadFleet(fleet.path).then(
      ({ machines, warnings }) => {
        const config = `${machines.get('n1')?.config}`;
        if (!config.includes(marked) && !made.startsWith('token: x'))
          expect.fail(`${JSON.stringify(made)} is ${config}`);
        if (text.endsWith(' #') && !text.startsWith('#') && made.startsWith('token: h'))
          expect(warnings.join()).toContain('what follows # is a comment');
        return warnings;
      },
      (error: InputError) => [error.message, ...(error.failure.reasons ?? [])],
    );
    expect(said.join('\n').toLowerCase()).not.toContain(marked);
  };
  for (const text of ['#x', '!x', '&x', '*x', '|x', '', '!!binary aHVudGVyMnBhc3M='])
    await check(`token: ${text.replace('x', marked)}\n`, text);
  await check(`token: ${marked} #rest\n`, `${marked} #`);
  await fc.assert(
    fc.asyncProperty(value, lines, (text, make) => check(make(text), text)),
    {
      numRuns: 60,
    },
  );
});

test.each([
  ["''", ['the value of secret.token is empty']],
  ['a#b', []],
  ["'a #b'", []],
  ['|\n  a\n  b', []],
])('a secret that is meant: %j', async (text, warnings) => {
  using fleet = makeFleet();
  fleet.put('butane/worker.bu', withToken);
  fleet.put('secrets/a.yaml', `token: ${text}\n`);
  const loaded = await loadFleet(fleet.path);
  expect(loaded.warnings).toEqual(warnings.map((one) => expect.stringContaining(one)));
});

test('an empty cell that a template uses gives a warning, once for all machines', async () => {
  const line = (n: number) => `n${n},52:54:00:00:00:0${n},worker,\n`;
  using fleet = makeFleet(`name,mac,profile,hostname\n${line(1)}${line(2)}`);
  expect((await loadFleet(fleet.path)).warnings).toEqual([
    'butane/worker.bu:12:27: warning: the value of hostname is empty. (machine n1 and 1 more)',
  ]);
});

test('a secret of another machine is none of this one', async () => {
  using fleet = makeFleet();
  fleet.put('butane/worker.bu', `variant: fcos\nversion: 1.5.0\nx: \${secret.own}\n`);
  fleet.put('secrets/a.yaml', 'own:\n  n2: other\n');
  expect((await faultsOf(fleet))[0]).toContain('there is no value for secret.own.');
});

test.skipIf(lacksRoot())('root reads the secrets of who owns the fleet’s directory', async () => {
  using fleet = makeFleet();
  fleet.put('secrets/a.yaml', 'token: s3cr3t\n');
  const path = join(fleet.path, 'secrets/a.yaml');
  chmodSync(path, 0o600);
  chownSync(path, 61_000, 61_000);
  const refusal = 'it belongs to user 61000, not to root or the user that runs this.';
  expect(await faultsOf(fleet)).toEqual([`secrets/a.yaml: error: ${refusal}`]);
  chownSync(fleet.path, 61_000, 61_000);
  expect(await faultsOf(fleet)).toEqual([]);
  chownSync(path, 61_001, 61_001);
  expect(await faultsOf(fleet)).toEqual([
    `secrets/a.yaml: error: ${refusal.replace('61000', '61001')}`,
  ]);
});

test('of two secrets with one name, none is chosen', async () => {
  using fleet = makeFleet();
  fleet.put('secrets/a.yaml', 'token: 1\n');
  fleet.put('secrets/b.yaml', 'x: 2\ntoken: 3\n');
  expect(await faultsOf(fleet)).toEqual([
    'secrets/b.yaml:2:8: error: token is already in secrets/a.yaml, line 1.',
  ]);
});

test.each(['toString', 'constructor', 'valueOf', '__proto__'])('%s is no value', async (name) => {
  using fleet = makeFleet();
  fleet.put('butane/worker.bu', workerTemplate.replace('{hostname}', `{${name}}`));
  expect((await faultsOf(fleet))[0]).toContain(`there is no value for ${name}`);
});

test.each(['url', 'tls_url', 'edges: {r1: '])(
  '%s has no path: nothing would answer there',
  async (key) => {
    using fleet = makeFleet();
    const line = key.startsWith('edges') ? `${key}http://a/b}` : `${key}: https://a/b`;
    fleet.put('fleet.yaml', `${key === 'url' ? '' : 'url: http://192.0.2.1\n'}${line}\n`);
    expect((await faultsOf(fleet))[0]).toContain('without a path');
  },
);

test('each template may embed files of 16 MiB', async () => {
  const names = ['a', 'b', 'c'];
  const lines = names.map((name, index) => `${name},52:54:00:00:00:0${index},${name},x\n`);
  using fleet = makeFleet(`name,mac,profile,hostname\n${lines.join('')}`);
  for (const name of names) {
    fleet.put(`profiles/${name}.yaml`, profileOf(fleet).replace('worker.bu', `${name}.bu`));
    fleet.put(`butane/${name}.bin`, Buffer.alloc(7 * 1024 * 1024));
    fleet.put(
      `butane/${name}.bu`,
      workerTemplate.replace(/contents:.*/, `contents: {local: ${name}.bin}`),
    );
  }
  const { machines, warnings } = await loadFleet(fleet.path);
  expect([machines.size, warnings]).toEqual([3, []]);
});

test('local files are read once for all machines', async () => {
  const lines = Array.from({ length: 18 }, (_, n) => {
    return `n${n},52:54:00:00:01:${String(n).padStart(2, '0')},r1,worker\n`;
  });
  using fleet = makeFleet(`name,mac,rack,profile\n${lines.join('')}`);
  fleet.put('butane/files/motd', Buffer.alloc(1024 * 1024, 'x'));
  fleet.put(
    'butane/worker.bu',
    'variant: fcos\nversion: 1.5.0\nstorage:\n  files:\n    - path: /etc/motd\n      contents: {local: files/motd}\n  trees:\n    - {local: files, path: /srv}\n',
  );
  const { machines } = await loadFleet(fleet.path);
  rmSync(join(fleet.path, 'butane/files/motd'));
  expect(machines.get('n17')?.config.toString()).toContain('/srv/motd');
});

test('the digest of a profile is that of what its machines have in common, with the files that it embeds', async () => {
  using fleet = makeFleet();
  const digest = async () => (await loadFleet(fleet.path)).profiles.get('worker')?.digest;
  fleet.put('butane/motd', 'one');
  fleet.put(
    'butane/worker.bu',
    `${workerTemplate}    - path: /etc/motd\n      contents: {local: motd}\n`,
  );
  const first = await digest();
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  fleet.put('machines.csv', 'name,mac,rack,profile,hostname\nn2,52:54:00:00:00:02,r1,worker,x\n');
  fleet.put('profiles/worker.yaml', profileOf(fleet, 'phone_home: true\n'));
  expect(await digest()).toBe(first);
  fleet.put('butane/motd', 'two');
  const second = await digest();
  expect(second).not.toBe(first);
  fleet.put('profiles/worker.yaml', profileOf(fleet, 'kargs: [quiet]\n'));
  expect(await digest()).not.toBe(second);
  fleet.put('profiles/worker.yaml', profileOf(fleet, 'save_partlabel: [data]\n'));
  expect(await digest()).not.toBe(second);
});

test('a profile names the partitions that are kept', async () => {
  using fleet = makeFleet();
  const saved = 'save_partlabel: [data*, "my data"]\nsave_partindex: [7-]\n';
  fleet.put('profiles/worker.yaml', profileOf(fleet, saved));
  expect((await loadFleet(fleet.path)).profiles.get('worker')).toMatchObject({
    savePartlabel: 'data*,my data',
    savePartindex: '7-',
  });
});

test('the same where the template has a place for a number, and in each form in which it embeds files', async () => {
  using fleet = makeFleet(
    'name,mac,rack,profile,hostname,mode\nn1,52:54:00:00:00:01,r1,worker,n1,0600\n',
  );
  const digest = async () => (await loadFleet(fleet.path)).profiles.get('worker')?.digest;
  const files = ['motd', 'tree/sub/x', 'unit', 'keys', 'aliased', 'n1.conf', 'unused'];
  for (const file of files) fleet.put(`butane/${file}`, 'ssh-ed25519 AAAA one\n');
  const key = '      ssh_authorized_keys:\n';
  fleet.put(
    'butane/worker.bu',
    `${workerTemplate
      .replace('mode: 0644', `mode: \${mode}`)
      .replace(key, `      ssh_authorized_keys_local: [keys]\n      gecos: &a aliased\n${key}`)}
    - {path: /etc/motd, contents: {local: motd}}
    - {path: /etc/own, contents: {local: "\${hostname}.conf"}}
    - {path: /etc/aliased, contents: {local: *a}}
  trees: [{local: tree, path: /srv}]
systemd:
  units: [{name: x.service, contents_local: unit}]
`,
  );
  let last = await digest();
  for (const file of files.slice(0, 5)) {
    fleet.put(`butane/${file}`, 'ssh-ed25519 AAAA two\n');
    const next = await digest();
    expect(next, file).not.toBe(last);
    last = next;
  }
  chmodSync(join(fleet.path, 'butane/tree/sub/x'), 0o755);
  const executable = await digest();
  expect(executable).not.toBe(last);
  fleet.put('butane/n1.conf', 'of one machine');
  fleet.put('butane/unused', 'of none');
  expect(await digest()).toBe(executable);
});

test('a profile after many empty lines is one, at once', async () => {
  using fleet = makeFleet();
  fleet.put('profiles/worker.yaml', `${'\n'.repeat(60)} # x\n${profileOf(fleet)}`);
  expect((await loadFleet(fleet.path)).profiles.size).toBe(1);
});

test('a profile that is a comment yet is left out, and so is a file with another name', async () => {
  using fleet = makeFleet();
  fleet.put('profiles/later.yaml', '# image: …\n\n# device:\n');
  fleet.put('profiles/other.yml', 'x');
  const { profiles, warnings } = await loadFleet(fleet.path);
  expect([...profiles.keys()]).toEqual(['worker']);
  expect(warnings).toEqual([
    'profiles/other.yml: warning: it is not used: its name does not end in .yaml.',
    'profiles/later.yaml: warning: it has only comments, and is not used.',
  ]);
  fleet.put('machines.csv', 'name,mac,profile,hostname\nn1,52:54:00:00:00:01,later,a\n');
  expect(await faultsOf(fleet)).toEqual(['machines.csv:2: error: there is no profile later.']);
});

test('what a boot script cannot hold is a fault of the profile, beside all the others', async () => {
  const line = (n: number) => `n${n},52:54:00:00:00:0${n},r1,worker,a\n`;
  using fleet = makeFleet(`name,mac,rack,profile,hostname\n${line(1)}${line(2)}n3,x,r1,worker,a\n`);
  fleet.put('profiles/worker.yaml', profileOf(fleet).replace('/dev/vda', "/dev/a'b"));
  expect(await faultsOf(fleet)).toEqual([
    expect.stringMatching(/^machines\.csv:4: error: mac: /),
    expect.stringMatching(/^profiles\/worker\.yaml: error: the kernel argument .* boot loaders/),
  ]);
});

test('an edge whose rack no machine has gives a warning', async () => {
  using fleet = makeFleet();
  fleet.put('fleet.yaml', 'url: http://192.0.2.1\nedges: {r1: http://192.0.2.9, r01: http://e}\n');
  expect((await loadFleet(fleet.path)).warnings).toEqual([
    'fleet.yaml: warning: edges: no machine is in rack r01; the nearest is r1.',
  ]);
});

test.each([
  ['device: vda,vdb', 'device: it names more than one device, but an image is written to one'],
  ['save_partlabel: data', 'save_partlabel: it must be a list'],
  ['save_partlabel: []', 'save_partlabel: it is empty, and no partition would be kept'],
  ['save_partlabel: [""]', 'save_partlabel[0]: a label in it is empty'],
  ['save_partlabel: ["[data"]', 'save_partlabel[0]: it is not a pattern: [ without ]'],
  ['save_partindex: [5, 0]', 'save_partindex[1]: it is neither the number of a partition'],
  ['kargs: ["a b"]', 'kargs[0]: it must be one word'],
  ['kargs: [console=ttyS1,115200n8]', 'kargs[1]: it must begin with a letter; in [ ] a comma'],
  [`kargs: ["\${x}"]`, 'kargs[0]: it must be one word'],
  ['kargs: [coreos.inst.image_url=x]', 'kargs[0]: the server gives the arguments coreos.inst'],
  [`kargs: [${'x'.repeat(901)}]`, 'kargs: together they are longer than 900 bytes'],
  ['butane: ../secrets/a.yaml', 'butane: it must be a file in butane/'],
  [
    'butane: wroker.bu',
    'butane: there is no file butane/wroker.bu; the nearest is butane/worker.bu',
  ],
  ['phone_home: yes', 'phone_home: it must be true or false'],
  ['image: sha256:12', 'image: it must be sha256: and 64 hex digits'],
  ['kargs: &a [*a]', 'kargs[0]: it must be a text'],
])('a profile with %s', async (line, message) => {
  using fleet = makeFleet();
  const [key = ''] = line.split(':');
  const lines = profileOf(fleet).replace(new RegExp(`^${key}:.*\n`, 'm'), '');
  fleet.put('profiles/worker.yaml', `${lines}${line}\n`);
  expect((await faultsOf(fleet)).join('\n')).toContain(message);
});
