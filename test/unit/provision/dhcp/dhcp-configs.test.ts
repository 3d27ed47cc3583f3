import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  networkOf,
  planAddresses,
  urlWarning,
} from '../../../../src/provision/dhcp/address-plan.ts';
import { planBoot } from '../../../../src/provision/dhcp/boot-plan.ts';
import { dhcpConfigFor } from '../../../../src/provision/dhcp/dhcp-config.ts';
import { dnsmasqBootLines, dnsmasqConfig } from '../../../../src/provision/dhcp/dnsmasq-config.ts';
import { tftpDirectory } from '../../../../src/provision/dhcp/loaders.ts';
import { iscConfig, keaConfig } from '../../../../src/provision/dhcp/other-dhcp-servers.ts';
import { failure } from '../../../support/failure.ts';
import { lacks } from '../../../support/needs.ts';

const url = 'http://192.0.2.1:8080';
const loaders = ['undionly.kpxe', 'shimx64.efi', 'grubx64.efi', 'snponly-arm64.efi'];
const boot = planBoot(url, loaders, '192.0.2.1');
const local = {
  interface: 'eno1',
  address: '192.0.2.1',
  netmask: '255.255.255.0',
};
const tftpRoot = '/srv/rack/assets/tftp';
const dhcpRange = '192.0.2.100-192.0.2.199';
const asked = { dhcp: 'server', interface: 'eno1', dhcpRange } as const;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'configs-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function check(config: string, command: readonly string[]): Promise<string> {
  const path = join(directory, 'config');
  await writeFile(path, config);
  const [program = '', ...args] = command;
  const { all } = await execa(program, [...args, path], { all: true });
  return all;
}

describe.skipIf(lacks('dnsmasq'))('dnsmasq takes', () => {
  const dnsmasq = async (config: string) => {
    const path = join(directory, 'dnsmasq.conf');
    await writeFile(path, config);
    const { stderr } = await execa('dnsmasq', ['--test', `--conf-file=${path}`]);
    expect(stderr).toContain('syntax check OK');
  };

  test('the config of a proxy', () => dnsmasq(dnsmasqConfig(boot, local, tftpRoot)));

  test('the config of a server', async () => {
    const told = { dhcpRouter: '192.0.2.254', dhcpDns: '192.0.2.2,192.0.2.3' };
    const addresses = planAddresses({ ...asked, ...told }, local);
    const config = dnsmasqConfig(boot, local, tftpRoot, addresses);
    expect(config).toContain('\ndhcp-range=192.0.2.100,192.0.2.199,255.255.255.0,1h\n');
    expect(config).toContain('\ndhcp-option=option:router,192.0.2.254\n');
    expect(config).toContain('\ndhcp-option=option:dns-server,192.0.2.2,192.0.2.3\n');
    await dnsmasq(config);
  });

  test('the lines for one that exists', () =>
    dnsmasq(`${dnsmasqBootLines(boot, tftpRoot).join('\n')}\n`));
});

test.skipIf(lacks('kea-dhcp4'))('Kea takes its config', async () => {
  const said = await check(keaConfig(boot), ['kea-dhcp4', '-t']);
  // Kea 2.6 says of itself that it uses several threads.
  const complaints = said.split('\n').filter((line) => /ERROR|WARN/.test(line));
  expect(complaints.filter((line) => !/multi-threading is enabled/i.test(line))).toEqual([]);
});

test.skipIf(lacks('dhcpd'))('ISC dhcpd takes its lines', async () => {
  const said = await check(iscConfig(boot), ['dhcpd', '-t', '-cf']);
  expect(said).not.toMatch(/semicolon|unknown|error/i);
});

test('a fleet without a kind of loader has no line for it', () => {
  const some = planBoot(url, ['snponly.efi'], '192.0.2.1');
  const texts = [dnsmasqConfig(some, local, tftpRoot), keaConfig(some), iscConfig(some)];
  for (const text of texts) {
    expect(text).not.toMatch(/undefined|undionly|arm64/);
    expect(text).toContain('snponly.efi');
  }
});

test.each([
  'http://192.0.2.1:8080\nuser=root',
  'http://192.0.2.1/"; }',
  'http://192.0.2.1/a b',
  'http://192.0.2.1/a',
  'http://192.0.2.1/a,b',
  'http://192.0.2.1/#tag:x',
  'http://user:secret@192.0.2.1/',
  'https://192.0.2.1',
  'http://',
  `http://${'a'.repeat(90)}.example`,
])('the URL %j gets into no config', (other) => {
  expect(() => planBoot(other, loaders, '192.0.2.1')).toThrow(failure('invalid-network-value'));
});

test.each(['192.0.2.1\nx', '192.0.2', '192.0.2.256', 'server', '::1', ''])(
  'the address %j gets into no config',
  (address) => {
    expect(() => planBoot(url, loaders, address)).toThrow(failure('invalid-network-value'));
    expect(() => planAddresses({ ...asked, dhcpRouter: address }, local)).toThrow(
      failure('invalid-network-value'),
    );
    expect(() => planAddresses({ ...asked, dhcpDns: address }, local)).toThrow(
      failure('invalid-network-value'),
    );
  },
);

test.each([{ dhcpRouter: '192.0.2.100' }, { dhcpDns: '192.0.2.2,192.0.2.199' }])(
  'no machine gets the address of %j',
  (others) => {
    expect(() => planAddresses({ ...asked, ...others }, local)).toThrow('a router or name server');
  },
);

test('without an IPv4 address in the URL, the one of the TFTP server has to be given', async () => {
  const fleet = { directory, url: 'http://fleet.example:8080' };
  await mkdir(tftpDirectory(directory), { recursive: true });
  await writeFile(join(tftpDirectory(directory), 'snponly.efi'), '');
  for (const url of [fleet.url, 'http://[2001:db8::1]:8080'])
    await expect(dhcpConfigFor('kea', { ...fleet, url })).rejects.toThrow(
      /^Cannot take the TFTP server from http:.*Give its address by --tftp-server\.$/,
    );
  const config = await dhcpConfigFor('kea', { ...fleet, tftpServer: '192.0.2.2' });
  expect(config).toContain('"next-server": "192.0.2.2"');
  expect(config).toContain('"http://fleet.example:8080/boot.ipxe"');
});

test.each(['/a b', '/a,b', '/a\nb', 'a', '/a"', '/a#'])(
  'the path %j gets into no config',
  (path) => {
    expect(() => dnsmasqBootLines(boot, path)).toThrow(failure('invalid-network-value'));
    expect(() => dnsmasqConfig(boot, local, path)).toThrow(failure('invalid-network-value'));
  },
);

test.each([
  ['', /IPv4/],
  ['192.0.2.100', /IPv4/],
  ['192.0.2.100-192.0.2.99', /no range/],
  ['192.0.2.100-192.0.2.110-192.0.2.120', /no range/],
  ['192.0.2.100-192.0.3.10', /not inside the network of 192\.0\.2\.1\/255\.255\.255\.0/],
  ['192.0.2.1-192.0.2.10', /own 192\.0\.2\.1/],
  ['192.0.2.0-192.0.2.10', /not inside the network/],
  ['192.0.2.10-192.0.2.255', /not inside the network/],
])('the range %j is refused', (range, why) => {
  expect(() => planAddresses({ ...asked, dhcpRange: range }, local)).toThrow(why);
});

const card = { mac: '52:54:00:00:00:01', internal: false, cidr: null };
const at = (address: string) => ({
  eno1: [{ ...card, family: 'IPv4' as const, address, netmask: '255.255.255.0' }],
});

test.each([
  ['http://192.0.2.1:8080', {}, undefined],
  ['http://192.0.2.9:8080', {}, /^Warning: .*http:\/\/192\.0\.2\.9:8080, and no interface/],
  ['http://fleet.example', {}, /^Warning: .*no name server: give --dhcp-dns\.$/],
  ['http://fleet.example', { dhcpDns: '192.0.2.2' }, undefined],
  ['http://fleet.example', { dhcp: 'proxy' }, undefined],
] as const)('machines that are sent to %s with %j', (other, more, said) => {
  const warning = urlWarning(other, { ...asked, ...more }, at('192.0.2.1'));
  if (said === undefined) expect(warning).toBeUndefined();
  else expect(warning).toMatch(said);
});

test('the network of an interface is that of its IPv4 address', () => {
  const interfaces = {
    eno1: [
      { ...card, family: 'IPv6' as const, address: 'fe80::1', netmask: 'ffff::', scopeid: 2 },
      { ...card, family: 'IPv4' as const, address: '203.0.113.77', netmask: '255.255.255.192' },
    ],
  };
  expect(networkOf('eno1', interfaces)).toEqual({
    interface: 'eno1',
    address: '203.0.113.77',
    netmask: '255.255.255.192',
  });
  expect(() => networkOf('eno2', interfaces)).toThrow(failure('network-interface-missing'));
  expect(() => networkOf('eno1\nuser=root', interfaces)).toThrow(failure('invalid-network-value'));
});
