import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { keyfileArguments } from '../../../src/media/keyfiles/keyfile-arguments.ts';
import { type Keyfile, parseKeyfile } from '../../../src/system/network/keyfile.ts';
import { keyfilesFrom, obtainNetworkManager } from '../../support/network-manager.ts';

const available = await obtainNetworkManager();
const fixtures = join(import.meta.dirname, '../../unit/media/keyfiles/fixtures');

interface File {
  readonly path: string;
  readonly bytes: Uint8Array;
}
const fixture = (name: string): File => ({
  path: `${name}.nmconnection`,
  bytes: readFileSync(join(fixtures, `${name}.nmconnection`)),
});

const card = (name: string, more: string): File => ({
  path: `${name}.nmconnection`,
  bytes: Buffer.from(
    `[connection]\nid=${name}\ntype=ethernet\ninterface-name=${name}\n[ipv6]\nmethod=disabled\n${more}`,
  ),
});

const sets: readonly (readonly [string, readonly File[]])[] = [
  ['office', [fixture('office')]],
  ['bond0, its ports and a VLAN', ['bond0', 'port1', 'port2', 'vlan'].map(fixture)],
  ['br0 and a port by its MAC address', ['br0', 'brport'].map(fixture)],
  ['IPv6 of a router', [fixture('six')]],
  [
    'two cards, one by DHCP with an MTU',
    [
      card('eth0', '[ipv4]\nmethod=manual\naddress1=192.0.2.5/32\nroute1=192.0.2.1/32\n'),
      card('eth1', '[ethernet]\nmtu=1400\n[ipv4]\nmethod=auto\n'),
    ],
  ],
  [
    'DHCP without its name servers',
    [
      card(
        'eth0',
        'method=auto\nignore-auto-dns=true\n[ipv4]\ndns=192.0.2.53;\nignore-auto-dns=true\n',
      ),
    ],
  ],
];

/** The keyfiles that NetworkManager's own program for an initramfs makes of kernel arguments. */
async function generated(words: readonly string[]): Promise<File[]> {
  const made = '/run/NetworkManager/system-connections';
  const script = `mount -t tmpfs tmpfs /run
${keyfilesFrom(words)}
for file in ${made}/*; do echo "##### $file"; cat "$file"; done`;
  const { stdout } = await execa('unshare', [
    ...['--mount', '--propagation', 'private', 'sh', '-euc', script],
  ]);
  return stdout
    .split(/^##### /m)
    .slice(1)
    .map((part) => {
      const [path = '', ...lines] = part.split('\n');
      return { path, bytes: Buffer.from(lines.join('\n')) };
    });
}

/** What has to be the same in both, by the names of interfaces. */
function network(files: readonly File[]): Record<string, unknown> {
  const all = files.map(({ bytes }) => parseKeyfile(Buffer.from(bytes).toString()));
  const get = (file: Keyfile, section: string, name: string) => file.get(section)?.get(name);
  const nameOf = (file: Keyfile) =>
    get(file, 'connection', 'interface-name') ??
    `enx${get(file, 'ethernet', 'mac-address')?.replaceAll(':', '')}`;
  const byReference = new Map(
    all.flatMap((file) => {
      const uuid = get(file, 'connection', 'uuid');
      return uuid === undefined ? [] : [[uuid, nameOf(file)] as const];
    }),
  );
  const resolved = (text: string | undefined) => text && (byReference.get(text) ?? text);
  return Object.fromEntries(
    all.map((file) => {
      const master = resolved(
        get(file, 'connection', 'controller') ?? get(file, 'connection', 'master'),
      );
      // The gateway is a setting of its own, or a part of an address; so it is in versions since 1.52.
      const gatewayOf = (section: string) =>
        get(file, section, 'gateway') ??
        [...(file.get(section) ?? [])].flatMap(([name, value]) =>
          name.startsWith('address') ? value.split(',').slice(1) : [],
        )[0];
      const ip = (section: string) =>
        [...new Map(file.get(section)).set('gateway', gatewayOf(section) ?? '')]
          .filter(([name]) => /^(address\d+|gateway|route\d+|dns|ignore-auto-dns)$/.test(name))
          // The metric of a route is not in an argument.
          .map(
            ([name, value]) => [name, value.replace(/^(10\.0\.0\.0\/8,[^,]*),\d+$/, '$1')] as const,
          )
          .map(([name, value]) => [
            name,
            name.startsWith('address') ? value.replace(/,.*/, '') : value,
          ])
          .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
      return [
        nameOf(file),
        {
          type: get(file, 'connection', 'type'),
          master,
          mtu: get(file, 'ethernet', 'mtu'),
          mac: get(file, 'ethernet', 'cloned-mac-address')?.toLowerCase(),
          // A port has no addresses.
          method: master === undefined ? (get(file, 'ipv4', 'method') ?? 'auto') : undefined,
          ipv4: ip('ipv4'),
          ipv6: ip('ipv6'),
          vlan: [get(file, 'vlan', 'id'), resolved(get(file, 'vlan', 'parent'))],
          bond: [...(file.get('bond') ?? [])],
        },
      ];
    }),
  );
}

describe.skipIf(!available)('NetworkManager makes the same keyfiles of their arguments', () => {
  test.each(sets)('%s', async (_, files) => {
    const words = keyfileArguments(files).arguments;
    const again = await generated(['rd.neednet=1', ...words]);
    expect(network(again)).toMatchObject(network(files));
    // The files have no name for a card by its MAC address, but those of an initramfs have.
    const named = words.filter((word) => !word.startsWith('ifname='));
    expect(keyfileArguments(again).arguments.toSorted()).toEqual(named.toSorted());
  });
});

const networkd = '/lib/systemd/systemd-network-generator';
const ofMedium = join(import.meta.dirname, '../../../dracut/30coreos-installer/network-generator');

/** Runs what makes settings of the arguments on the medium; returns those that systemd refuses. */
async function refused(words: readonly string[]): Promise<string> {
  const script = `mount -t tmpfs tmpfs /run
printf '%s\\n' "$@" > /run/network.conf
network=/run/network.conf booted=/dev/null sh '${ofMedium}'
[ ! -e /run/coreos-installer ] || cat /run/coreos-installer/refused-arguments`;
  const { stdout } = await execa('unshare', [
    ...['--mount', '--propagation', 'private', 'sh', '-euc', script, 'sh', ...words],
  ]);
  return stdout;
}

describe.skipIf(!existsSync(networkd))('systemd-networkd takes them', () => {
  test.each(sets)('%s', async (_, files) => {
    expect(await refused(keyfileArguments(files).arguments)).toBe('');
  });

  test('and refuses others', async () => {
    expect(await refused(['ip=eth0:nothing', 'ip=eth1:dhcp'])).toBe('ip=eth0:nothing');
  });
});
