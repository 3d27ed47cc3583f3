import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findTool } from '../../../src/system/tools.ts';
import { type Asking, DhcpNetwork, machineMac } from '../../support/dhcp-network.ts';
import { lacks, lacksRoot } from '../../support/needs.ts';

let directory: string;
let network: DhcpNetwork;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fleet-'));
  await mkdir(join(directory, 'assets/tftp'), { recursive: true });
  for (const name of ['undionly.kpxe', 'snponly.efi', 'snponly-arm64.efi'])
    await writeFile(join(directory, 'assets/tftp', name), `the loader ${name}`);
  network = await DhcpNetwork.create();
});
afterEach(async () => {
  await network[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const helper = join(import.meta.dirname, '../../support/start-dhcp-here.ts');

/** dnsmasq as `serve` runs it, or why it does not. */
async function serve(...args: readonly string[]) {
  const child = network.start('server', [
    ...['unshare', '--mount', process.execPath],
    ...[helper, directory, ...args],
  ]);
  const lines = createInterface(child.stdout as NodeJS.ReadableStream);
  const line = async () => ((await once(lines, 'line')) as [string])[0];
  const seen = async (mac: string) => {
    child.stdin?.write(`${mac}\n`);
    return JSON.parse(await line());
  };
  return { first: await line(), line, seen, child };
}

const machines: readonly Asking[] = [
  { architecture: 0 },
  { architecture: 7 },
  { architecture: 9 },
  { architecture: 11 },
  { architecture: 16, vendor: 'HTTPClient' },
  { architecture: 19, vendor: 'HTTPClient' },
  { architecture: 0, isIpxe: true },
  { architecture: 7, isIpxe: true },
  { architecture: 16, isIpxe: true },
];
const url = 'http://192.0.2.1:8080';
const files = [
  'undionly.kpxe',
  'snponly.efi',
  'snponly.efi',
  'snponly-arm64.efi',
  `${url}/assets/tftp/snponly.efi`,
  `${url}/assets/tftp/snponly-arm64.efi`,
  `${url}/boot.ipxe`,
  `${url}/boot.ipxe`,
  `${url}/boot.ipxe`,
];

const foreign = (range: string) => [
  'dnsmasq',
  '--keep-in-foreground',
  '--conf-file=/dev/null',
  '--port=0',
  '--interface=lan',
  '--bind-interfaces',
  '--leasefile-ro',
  '--no-ping',
  '--pid-file=',
  `--dhcp-range=${range}`,
];

describe.skipIf(lacksRoot() || lacks('dnsmasq', 'python3', 'curl'))('dnsmasq', () => {
  test('as a proxy next to a DHCP server that knows nothing of booting', async () => {
    network.start('other', foreign('192.0.2.200,192.0.2.250'));
    const { first } = await serve('proxy');
    expect(first).toBe('ready');
    const got = await network.boot(machines);
    expect(got.map(({ file }) => file)).toEqual(files);
    for (const { address } of got) expect(address).toMatch(/^192\.0\.2\.2\d\d$/);
    expect(got.slice(0, 4).map(({ nextServer }) => nextServer)).toEqual(Array(4).fill('192.0.2.1'));
  });

  test('is no proxy for GRUB, which would ask the other server for its config', async () => {
    for (const name of ['shimx64.efi', 'grubx64.efi'])
      await writeFile(join(directory, 'assets/tftp', name), '');
    expect((await serve('proxy')).first).toMatch(
      /^parameters-conflict: Cannot boot machines with GRUB by --dhcp proxy: .*--dhcp server/,
    );
    expect((await serve('server', '192.0.2.100-192.0.2.150')).first).toBe('ready');
  });

  test('as the only server', async () => {
    const { first } = await serve('server', '192.0.2.100-192.0.2.150');
    expect(first).toBe('ready');
    const got = await network.boot(machines);
    expect(got.map(({ file }) => file)).toEqual(files);
    for (const { address } of got) expect(address).toMatch(/^192\.0\.2\.1[0-5]\d$/);
  });

  test('gives a DHCP client of a running system an address, and no router that is not there', async () => {
    expect((await serve('server', '192.0.2.100-192.0.2.150')).first).toBe('ready');
    const script = join(directory, 'bound.sh');
    await writeFile(
      script,
      '#!/bin/sh\necho "$1 $ip $subnet router=$router dns=$dns file=$boot_file"\n',
    );
    await chmod(script, 0o755);
    const client = network.start('machine', [
      'udhcpc',
      '-f',
      '-n',
      '-q',
      '-i',
      'lan',
      '-s',
      script,
    ]);
    expect((await client).all).toMatch(
      /^bound 192\.0\.2\.1\d\d 255\.255\.255\.0 router= dns= file=$/m,
    );
  });

  test('is no server where another one answers, and says which', async () => {
    network.start('other', foreign('192.0.2.200,192.0.2.250'));
    const { first } = await serve('server', '192.0.2.100-192.0.2.150');
    expect(first).toBe(
      'dhcp-server-present: Cannot give addresses on lan: the DHCP server 192.0.2.254 already does. Use --dhcp proxy, or end that server.',
    );
  });

  test('is no server where that cannot be found out', async () => {
    const holder =
      'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("", 68)); print(flush=True); input()';
    const client = network.start('server', ['python3', '-c', holder]);
    await once(client.stdout as NodeJS.ReadableStream, 'data');
    const { first } = await serve('server', '192.0.2.100-192.0.2.150');
    expect(first).toMatch(/^dhcp-server-present: .*cannot be found out.*EADDRINUSE.*DHCP client/);
    client.stdin?.end();
  });

  test('remembers what it saw of each machine, with its loader', async () => {
    network.start('other', foreign('192.0.2.200,192.0.2.250'));
    const { child, first, seen } = await serve('proxy');
    expect(first).toBe('ready');
    await network.boot([
      { architecture: 7 },
      { architecture: 0, isIpxe: true },
      { architecture: 6 },
    ]);
    const at = expect.any(Number);
    for (const [mac, expected] of [
      ['52:54:00:00:00:00', { firmware: { atMs: at, kind: 'uefi-x64', architecture: 7 } }],
      ['52:54:00:00:00:01', { ipxeMs: at }],
      ['52:54:00:00:00:02', { firmware: { atMs: at, architecture: 6 } }],
    ] as const)
      await expect.poll(() => seen(mac)).toEqual(expected);
    // By the card that curl uses. dnsmasq may learn of an end after the beginning of the next one.
    const fetched = async (name: string) =>
      (await network.start('machine', ['curl', '-s', `tftp://192.0.2.1/${name}`])).all;
    const loader = () => seen(machineMac);
    expect(await fetched('snponly.efi')).toBe('the loader snponly.efi');
    await expect.poll(loader).toEqual({ loader: { file: 'snponly.efi', atMs: at } });
    await fetched('absent.efi');
    const failure = { file: 'absent.efi', atMs: at, failure: 'not found' };
    await expect.poll(loader).toEqual({ loader: failure });
    child.stdin?.end();
    await child;
  });

  test('reads copies of the loaders, also of private ones, and leaves none behind', async () => {
    await mkdir(join(directory, 'assets/tftp/grub'), { mode: 0o700 });
    await writeFile(join(directory, 'assets/tftp/grub/grub.cfg'), 'the config', { mode: 0o600 });
    const { child, first } = await serve('proxy');
    expect(first).toBe('ready');
    const config = network.start('machine', ['curl', '-s', 'tftp://192.0.2.1/grub/grub.cfg']);
    expect((await config).all).toBe('the config');
    const [, copy = ''] =
      /^tftp-root=(.*)$/m.exec(await readFile(join(directory, 'state/dnsmasq.conf'), 'utf8')) ?? [];
    expect(await readdir(copy)).toContain('snponly.efi');
    child.stdin?.end();
    await child;
    await expect(readdir(copy)).rejects.toThrow('ENOENT');
  });

  test('is started again when it ends, also where a killed server has left it', async () => {
    const { first, line, child } = await serve('proxy');
    expect(first).toBe('ready');
    const pid = async () => Number(await readFile(join(directory, 'state/dnsmasq.pid'), 'utf8'));
    const before = await pid();
    process.kill(before, 'SIGKILL');
    expect(await line()).toMatch(
      /^dnsmasq ended: killed by SIGKILL\. .*again, in 2 s, no machine can boot from the network\.$/,
    );
    await expect.poll(pid, { timeout: 10_000 }).not.toBe(before);
    child.kill('SIGKILL');
    await child;
    const left = await pid();
    const runs = () => readFile(`/proc/${left}/cmdline`, 'utf8').catch(() => '');
    expect(await runs()).toContain(`--conf-file=${directory}/state/dnsmasq.conf\0`);
    const again = await serve('proxy');
    expect(again.first).toBe('ready');
    expect(await runs()).toBe('');
    again.child.stdin?.end();
    await again.child;
  });

  test('goes on after it was away, as while its package is replaced', async () => {
    const { first, line, child } = await serve('proxy');
    expect(first).toBe('ready');
    const pid = async () => Number(await readFile(join(directory, 'state/dnsmasq.pid'), 'utf8'));
    const before = await pid();
    // In a mount namespace of the server's own, see `serve`.
    const mount = (...command: string[]) =>
      execa('nsenter', ['-t', `${child.pid}`, '-m', ...command]);
    const program = findTool('dnsmasq') as string;
    await mount('mount', '--bind', '/dev/null', program);
    process.kill(before);
    expect(await line()).toMatch(/^dnsmasq ended: /);
    expect(await line()).toMatch(
      /^dnsmasq ended: Cannot run dnsmasq: not found in .*again, in 2 s/,
    );
    await mount('umount', program);
    await expect.poll(pid, { timeout: 10_000 }).not.toBe(before);
    child.stdin?.end();
    await child;
  });

  test('has its own words where it cannot start', async () => {
    network.start(
      'server',
      foreign('192.0.2.200,192.0.2.250').filter((word) => word !== '--bind-interfaces'),
    );
    await expect
      .poll(async () => (await serve('proxy')).first)
      .toMatch(
        /^tool-failed: Cannot continue without dnsmasq: it failed: .*failed to bind DHCP server socket: Address already in use/,
      );
  });

  test('is not started without loaders, on an interface without address, or with addresses of another network', async () => {
    expect((await serve('server', '198.51.100.10-198.51.100.20')).first).toBe(
      'invalid-network-value: Cannot use "198.51.100.10-198.51.100.20": it is not inside the network of 192.0.2.1/255.255.255.0. Correct the option, or fleet.yaml.',
    );
    await rm(join(directory, 'assets/tftp'), { recursive: true });
    expect((await serve('proxy')).first).toBe(
      `loader-missing: Cannot boot machines from ${directory}/assets/tftp: it has no boot loader. Run coreos-provision loaders ${directory}.`,
    );
  });
});
