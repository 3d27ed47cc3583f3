import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commands } from '../../../src/commands/commands.ts';
import { commanderOf } from '../../../src/commands/parse.ts';
import { keyfileArguments } from '../../../src/media/keyfiles/keyfile-arguments.ts';
import { makeLiveInitrd, makeLiveIso, realIso } from '../../support/live-iso.ts';
import { blocksOf, blockWith, readPage } from '../../support/pages.ts';
import { runHere } from '../../support/run-here.ts';

const root = join(import.meta.dirname, '../../..');
const page = readPage('media.md');
const customize = `--dest-ignition --dest-device --dest-console --dest-karg-append --dest-karg-delete
  --network-keyfile --network-nmstate --ignition-ca --pre-install --post-install --installer-config
  --live-ignition -o --output`;

/** Of coreos-installer 0.26, by command. */
const theirs: Readonly<Record<string, string>> = {
  'iso customize': `${customize} --live-karg-append --live-karg-delete --live-karg-replace -f --force`,
  'iso ignition embed': '-f --force -i --ignition-file -o --output',
  'iso ignition show': '',
  'iso ignition remove': '-o --output',
  'iso network embed': '-k --keyfile -f --force -o --output',
  'iso network extract': '-C --directory',
  'iso network remove': '-o --output',
  'iso kargs modify': '-a --append -d --delete -r --replace -o --output',
  'iso kargs reset': '-o --output',
  'iso kargs show': '-d --default',
  'iso extract pxe': '-o --output-dir',
  'iso extract minimal-iso': '--output-rootfs --rootfs-url',
  'iso reset': '-o --output',
  'pxe customize': customize,
  'pxe ignition wrap': '-i --ignition-file -o --output',
  'pxe ignition unwrap': '',
  'pxe network wrap': '-k --keyfile -o --output',
  'pxe network unwrap': '-C --directory',
  'dev show iso': '--ignition --kargs',
  'dev show initrd': '',
  'dev extract initrd': '-C --directory -v --verbose',
};

test.each(Object.entries(theirs))('%s has the options that it has there', (word, options) => {
  const command = commands.find((one) => one.word === word);
  if (command === undefined) throw new Error(`no command ${word}`);
  const known = new Set(
    commanderOf(command, word, '0').options.flatMap(({ short, long }) => [short, long]),
  );
  expect(options.split(/\s+/).filter((name) => name !== '' && !known.has(name))).toEqual([]);
});

test('the table has every command, with yes or the reason', () => {
  const rows = [...page.matchAll(/^\| (`.*`) \| (.*) \|$/gm)].map(
    ([, names = '', answer = '']) => ({
      names: [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string),
      answer,
    }),
  );
  const answers = new Map(rows.flatMap(({ names, answer }) => names.map((name) => [name, answer])));
  for (const word of Object.keys(theirs))
    expect([word, answers.get(word)]).toEqual([word, expect.stringMatching(/^yes/)]);
  const others = ['iso embed', 'iso show', 'iso remove', 'dev show fiemap', 'dev extract osmet'];
  others.push('pack osmet', 'pack minimal-iso', 'pack man', 'pack example-config', 'rdcore');
  for (const word of others)
    expect([word, answers.get(word)]).toEqual([word, expect.stringMatching(/^no: \w+/)]);
});

test('the table of options has all of them', () => {
  const table = page.slice(
    page.indexOf('| option | effect |'),
    page.indexOf('All but `--dest-device`'),
  );
  for (const name of (theirs['iso customize'] ?? '').match(/--[a-z-]+/g) ?? [])
    if (name !== '--output') expect(table).toContain(`\`${name}`);
});

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'media-page-'));
  const initrd = makeLiveInitrd(join(directory, 'initrd'));
  makeLiveIso(directory, { files: { 'IMAGES/PXEBOOT/INITRD.IMG': initrd } }, 'fcos.iso');
  renameSync(realIso('2023-03.x86_64', directory), join(directory, 'original.iso'));
  const own = JSON.parse(
    readFileSync(join(root, 'dracut/30coreos-installer/features.json'), 'utf8'),
  );
  makeLiveIso(directory, { features: own, isOwn: true }, 'installer.iso');
  for (const name of ['raw.xz', 'raw.xz.sig'])
    write(`fedora-coreos-44.1-metal.x86_64.${name}`, 'an image');
  const config = {
    ignition: { version: '3.4.0' },
    passwd: { users: [{ name: 'core', passwordHash: '$y$x' }] },
  };
  for (const name of ['node1', 'rack1', 'live']) write(`${name}.ign`, JSON.stringify(config));
  write('node.ign', JSON.stringify({ ...config, storage: { files: [{ path: '/etc/@NAME@' }] } }));
  for (const name of ['bond0', 'eth0'])
    write(`${name}.nmconnection`, '[connection]\ntype=ethernet\ninterface-name=eth0\n');
  write('eth0.template', '[ipv4]\naddress1=@ADDRESS@/24\n');
  write('nodes.csv', blockWith(page, 'text', 'node11,'));
  write('site.yaml', 'image-url: https://example.com/fcos.raw.xz\n');
  write('check-disks', '#!/bin/bash\n');
  write('notify', '#!/bin/bash\n');
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'key.pem',
  ];
  execFileSync('openssl', ['req', '-x509', ...key, '-subj', '/CN=x', '-out', 'ca.pem'], {
    cwd: directory,
    stdio: 'pipe',
  });
  process.chdir(directory);
});
afterAll(() => {
  process.chdir('/');
  rmSync(directory, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(join(directory, name), text);

test('its commands work, one after the other', async () => {
  const lines = blocksOf(page, 'sh').flatMap((block) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .trim()
      .split('\n'),
  );
  expect(lines.length).toBeGreaterThan(20);
  for (const line of lines) {
    const [program, ...args] = line.split(/\s+/).map((word) => word.replaceAll(/^'|'$/g, ''));
    expect(program).toBe('coreos-installer');
    const { exitCode, stderr } = await runHere(...args);
    expect({ line, exitCode, stderr }).toMatchObject({ line, exitCode: 0 });
  }
  expect(readdirSync('extracted/etc')).toContain('coreos-live-initramfs');
});

test('so does the loop over a spreadsheet', async () => {
  const loop = blockWith(page, 'bash', 'while IFS');
  write(
    'coreos-installer',
    `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'src/main.ts')}' "$@"\n`,
  );
  execFileSync('chmod', ['+x', 'coreos-installer']);
  execFileSync('bash', ['-ec', loop], {
    env: { PATH: `${directory}:${process.env['PATH']}` },
    stdio: 'pipe',
  });
  for (const [name, disk] of [
    ['node11', '/dev/sda'],
    ['node12', '/dev/nvme0n1'],
  ]) {
    const iso = `${name}.iso`;
    expect(existsSync(iso)).toBe(true);
    const config = (await runHere('iso', 'ignition', 'show', iso)).text;
    expect(config).toContain('dest.ign');
    const [, installer = ''] = /0000-customize.yaml.*?base64,([^"]*)"/.exec(config) ?? [];
    const yaml = execFileSync('gzip', ['-d'], {
      input: Buffer.from(installer, 'base64'),
    }).toString();
    expect(yaml).toContain(`dest-device: ${disk}\n`);
    expect((await runHere('iso', 'network', 'extract', iso)).text).toContain('address1=192.0.2.1');
  }
});

test('keyfiles with what the page has become the arguments that it has', () => {
  const card = (name: string, more: string) => ({
    path: name,
    bytes: Buffer.from(`[connection]\ntype=${more}\n`),
  });
  const table = page.slice(page.indexOf('| keyfile | kernel argument |'));
  const said = [...table.slice(0, table.indexOf('\n\n')).matchAll(/`([^`]+)`/g)].map(
    ([, text = '']) => text,
  );
  const has = (text: string) => {
    expect(said).toContain(text);
    return text;
  };
  const [address, route, dns] = [
    has('address1=192.0.2.200/24,192.0.2.1'),
    has('route1=10.0.0.0/8,192.0.2.9'),
    has('dns=192.0.2.53;'),
  ];
  const enp1s0 = 'ethernet\ninterface-name=enp1s0\n';
  const off = '[ipv4]\nmethod=disabled\n[ipv6]\nmethod=disabled';
  const bond = `bond\ninterface-name=bond0\n[bond]\nmode=802.3ad\nmiimon=100\n${off}`;
  const port = 'controller=bond0';
  for (const files of [
    [`${enp1s0}[ipv4]\nmethod=manual\n${address}\n${route}\n${dns}`],
    [enp1s0],
    [`${enp1s0}[ipv4]\nmethod=disabled`],
    [`${enp1s0}[ipv4]\nmethod=disabled\n[ipv6]\n${has('method=dhcp')}`],
    ['ethernet'],
    [`ethernet\n[ethernet]\n${has('mac-address=52:54:00:12:34:56')}\n${off}`],
    [`${enp1s0}[ipv4]\n${has('ignore-auto-dns=true')}\n[ipv6]\nignore-auto-dns=true`],
    [`vlan\n[vlan]\nid=5\nparent=enp1s0\n${off}`],
    [`${bond}`, `${enp1s0}${port}`, `ethernet\ninterface-name=enp2s0\n${port}`],
    [`bridge\ninterface-name=br0\n${off}`, `${enp1s0}controller=br0`],
  ]) {
    const keyfiles = files.map((text, index) => card(`${index}.nmconnection`, text));
    for (const word of keyfileArguments(keyfiles).arguments) has(word);
  }
  const more = `[ethernet]\n${has('mtu=9000')}\n${has('cloned-mac-address=52:54:00:aa:bb:cc')}\n`;
  const text = `${enp1s0}${more}[ipv4]\nmethod=manual\n${address}`;
  const [word] = keyfileArguments([card('a.nmconnection', text)]).arguments;
  expect(word).toContain(has('…:none:9000:52:54:00:aa:bb:cc').slice(1));
});
