import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planBoot } from '../../../src/provision/dhcp/boot-plan.ts';
import { dnsmasqBootLines } from '../../../src/provision/dhcp/dnsmasq-config.ts';
import { iscConfig, keaConfig } from '../../../src/provision/dhcp/other-dhcp-servers.ts';
import { DhcpNetwork } from '../../support/dhcp-network.ts';
import { lacks, lacksRoot } from '../../support/needs.ts';

/** The real servers, with what a user of each has of their own: a network, and addresses in it. */
const url = 'http://192.0.2.1:8080';
const loaders = ['undionly.kpxe', 'snponly.efi', 'snponly-arm64.efi'];
/** TFTP is served by another machine. */
const boot = planBoot(url, loaders, '192.0.2.7');
let directory: string;
let network: DhcpNetwork;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dhcp-'));
  network = await DhcpNetwork.create();
});
afterEach(async () => {
  await network[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function written(name: string, text: string): Promise<string> {
  await writeFile(join(directory, name), text);
  return join(directory, name);
}

async function expectFiles(): Promise<void> {
  const http = { vendor: 'HTTPClient' } as const;
  const machines = [
    { architecture: 0 },
    { architecture: 7 },
    { architecture: 9 },
    { architecture: 11 },
    { architecture: 16, ...http },
    { architecture: 19, ...http },
    { architecture: 0, isIpxe: true },
    { architecture: 11, isIpxe: true },
  ];
  // The server may still be starting.
  await expect
    .poll(async () => (await network.boot(machines.slice(0, 1)))[0]?.address, { timeout: 40_000 })
    .toMatch(/^192\.0\.2\.1\d\d$/);
  const got = await network.boot(machines);
  expect(got.map(({ file }) => file)).toEqual([
    'undionly.kpxe',
    'snponly.efi',
    'snponly.efi',
    'snponly-arm64.efi',
    `${url}/assets/tftp/snponly.efi`,
    `${url}/assets/tftp/snponly-arm64.efi`,
    `${url}/boot.ipxe`,
    `${url}/boot.ipxe`,
  ]);
  for (const { nextServer } of got.slice(0, 4)) expect(nextServer).toBe('192.0.2.7');
}

test.skipIf(lacksRoot() || lacks('dnsmasq', 'python3'))('dnsmasq with the lines', async () => {
  const own = [
    ...['port=0', 'interface=lan', 'bind-interfaces', 'no-ping', 'leasefile-ro', 'pid-file='],
    'dhcp-range=192.0.2.100,192.0.2.150',
  ];
  const lines = [...own, ...dnsmasqBootLines(boot, '/usr/share')].join('\n');
  const config = await written('dnsmasq.conf', `${lines}\n`);
  network.start('server', ['dnsmasq', '--keep-in-foreground', `--conf-file=${config}`]);
  await expectFiles();
});

test.skipIf(lacksRoot() || lacks('kea-dhcp4', 'python3'))('Kea with the classes', async () => {
  const { Dhcp4 } = JSON.parse(keaConfig(boot));
  const own = {
    'interfaces-config': { interfaces: ['lan'] },
    'lease-database': { type: 'memfile', persist: false },
    subnet4: [{ id: 1, subnet: '192.0.2.0/24', pools: [{ pool: '192.0.2.100 - 192.0.2.150' }] }],
  };
  const config = await written('kea.json', JSON.stringify({ Dhcp4: { ...Dhcp4, ...own } }));
  const run = `KEA_PIDFILE_DIR=${directory} KEA_LOCKFILE_DIR=none exec kea-dhcp4 -c ${config}`;
  network.start('server', ['sh', '-c', run]);
  await expectFiles();
});

test.skipIf(lacksRoot() || lacks('dhcpd', 'python3'))('ISC dhcpd with the lines', async () => {
  const subnet = 'subnet 192.0.2.0 netmask 255.255.255.0 { range 192.0.2.100 192.0.2.150; }\n';
  const config = await written('dhcpd.conf', iscConfig(boot) + subnet);
  const leases = await written('leases', '');
  const files = ['-cf', config, '-lf', leases, '-pf', join(directory, 'pid')];
  network.start('server', ['dhcpd', '-f', '-4', ...files, 'lan']);
  await expectFiles();
});
