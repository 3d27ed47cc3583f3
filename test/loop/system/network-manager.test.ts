import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { readKeyfiles } from '../../../src/plan/network-keyfiles.ts';
import { parseLinks, parseRoutes, parseRules } from '../../../src/system/network/ip-output.ts';
import { networkArguments } from '../../../src/system/network/network-arguments.ts';
import {
  bootWithNetworkManager,
  keyfilesFrom,
  obtainNetworkManager,
} from '../../support/network-manager.ts';
import { canMake } from '../../support/own-network.ts';
import { blockWith, readPage } from '../../support/pages.ts';

const available = await obtainNetworkManager();
const [vlan, bond] = [await canMake('vlan'), await canMake('bond')];

/** Runs commands where there are cables, each with an end that is up. Returns what they print. */
async function withCables(cables: readonly string[], commands: string): Promise<string> {
  const plugged = cables.map(
    (name) => `ip link add ${name} type veth peer name far${name}; ip link set far${name} up`,
  );
  const script = `
ip link set lo up
${plugged.join('\n')}
# Otherwise an IPv6 address is not used for a second or two.
for file in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 > $file; done
${commands}`;
  const { stdout } = await execa('unshare', [
    ...['--net', '--mount', '--propagation', 'private', 'sh', '-euc', script],
  ]);
  return stdout;
}

const cards = ['eth0', 'eth1', 'eth2'];

/** The kernel arguments for the network that the commands configure. */
async function argumentsAfter(commands: string): Promise<string[]> {
  const shown = await withCables(
    cards,
    `resolv=/dev/null
${commands}
echo; ip -json -details address show
for family in -4 -6; do echo; ip -json $family -details route show; done
for family in -4 -6; do echo; ip -json $family rule show; done
echo; cat $resolv`,
  );
  const [links = '', v4 = '', v6 = '', rules4 = '', rules6 = '', resolv = ''] = shown
    .slice(shown.indexOf('\n[') + 1)
    .split('\n\n');
  const { arguments: words } = networkArguments({
    links: parseLinks(links),
    routes: [...parseRoutes(v4), ...parseRoutes(v6)],
    rules: [...parseRules(rules4), ...parseRules(rules6)],
    cards: new Set(cards),
    nameServers: [...resolv.matchAll(/^nameserver (\S+)$/gm)].map(([, server = '']) => server),
    leases: undefined,
  });
  return words.toSorted();
}

const up = cards.map((card) => `ip link set ${card} up`).join('\n');
const bridge = 'ip link add br0 type bridge\nip link set eth1 master br0\nip link set br0 up';

describe.skipIf(!available)('NetworkManager makes the same network of our arguments', () => {
  test.each([
    'ip address add 192.0.2.5/24 dev eth0',
    'ip address add 192.0.2.5/24 dev eth0\nip route add default via 192.0.2.1',
    `ip address add 198.51.100.5/24 dev eth0
ip address add 192.0.2.5/24 dev eth0
ip route add default via 192.0.2.1`,
    `ip address add 192.0.2.5/32 dev eth0
ip route add 192.0.2.1 dev eth0
ip route add default via 192.0.2.1`,
    `ip address add 192.0.2.5/24 dev eth0
ip address add 198.51.100.5/25 dev eth1
ip route add default via 192.0.2.1
ip route add default via 198.51.100.1 metric 200
ip route add 10.0.0.0/8 via 198.51.100.9
ip route add 172.16.0.0/12 dev eth1`,
    `ip address add 192.0.2.5/24 dev eth0
ip address add 2001:db8::5/64 dev eth0
ip -6 route add default via fe80::1 dev eth0
ip -6 route add 2001:db8:5::/48 via 2001:db8::9`,
    `ip link set eth0 mtu 9000
ip link set eth1 mtu 1400
ip address add 192.0.2.5/24 dev eth0
ip address add 2001:db8::5/64 dev eth1`,
    `${bridge}
ip address add 192.0.2.5/24 dev br0
ip route add default via 192.0.2.1
ip address add 198.51.100.5/24 dev eth0`,
    ...(vlan
      ? [
          `ip link add link eth0 name eth0.5 type vlan id 5
ip link set eth0.5 up
ip address add 192.0.2.5/24 dev eth0.5`,
        ]
      : []),
    ...(bond
      ? [
          `ip link add bond0 type bond mode active-backup miimon 100
ip link set eth1 down
ip link set eth1 master bond0
ip link set bond0 up
ip address add 192.0.2.5/24 dev bond0`,
        ]
      : []),
  ])('%s', async (commands) => {
    const words = await argumentsAfter(
      `${up}\n${commands}\nresolv=/run/servers\nmount -t tmpfs tmpfs /run\necho nameserver 192.0.2.53 > $resolv`,
    );
    expect(words).toContain('nameserver=192.0.2.53');
    const booted = bootWithNetworkManager(keyfilesFrom(['rd.neednet=1', ...words]));
    expect(await argumentsAfter(booted)).toEqual(words);
  });
});

/** A server that gives one address, for as long as the commands run. */
const withServer = (commands: string) => `
ip address add 198.51.100.1/24 dev fareth0
dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --interface=fareth0 --bind-interfaces \\
  --dhcp-authoritative --leasefile-ro --pid-file= --dhcp-range=198.51.100.200,198.51.100.200 > /dev/null 2>&1 &
server=$!
${commands}
kill $server`;

describe.skipIf(!available)('NetworkManager makes the same network of an address by DHCP', () => {
  test.each([
    ['alone', '', 'ip=eth0:dhcp'],
    [
      'with a fixed one, which replaces it',
      'ip address add 192.0.2.5/24 dev eth0\nip route add default via 192.0.2.1',
      'ip=192.0.2.5::192.0.2.1:255.255.255.0::eth0:none',
    ],
  ])('%s', async (_, commands, word) => {
    const lease = 'ip address add 198.51.100.200/24 dev eth0 valid_lft 3600 preferred_lft 3600';
    const words = await argumentsAfter(`${up}\n${lease}\n${commands}`);
    expect(words).toContain(word);
    const booted = bootWithNetworkManager(keyfilesFrom(['rd.neednet=1', ...words]));
    const again = await argumentsAfter(withServer(booted));
    expect(again).toEqual(words);
  });
});

const page = blockWith(readPage('network.md'), 'ini', '[connection]');
const usual = `[connection]
id=one
type=ethernet
interface-name=eth0

[ipv4]
method=manual
address1=192.0.2.200/24
`;

describe.skipIf(!available)(
  'NetworkManager reads the keyfiles without a warning, and no other',
  () => {
    test.each([
      ['that of the page', page.replace('enp1s0', 'eth0')],
      ['read-only', usual, 0o400],
      ['without permissions', usual, 0],
      ['of Windows', usual.replaceAll('\n', '\r\n')],
      ['indented', usual.replace('[connection]', '\t[connection] ').replace('type=', ' type = ')],
      ['with a comment before', `# by hand\n\n${usual}`],
      ['without an end of the last line', usual.trimEnd()],
      ['with a section of a type', `${usual.replace('type=ethernet\n', '')}[ethernet]\n`],
      ['readable by a group', usual, 0o640],
      ['executable by others', usual, 0o601],
      ['of another name', usual, 0o600, 'one'],
      ['a copy of an editor', usual, 0o600, 'one.nmconnection~'],
      ['a hidden one', usual, 0o600, '.one.nmconnection'],
      ['without a type', usual.replace('type=ethernet\n', '')],
      ['with a section of several types', `${usual.replace('type=ethernet\n', '')}[802-1x]\n`],
      ['with an empty type', usual.replace('=ethernet', '=')],
      ['with a comment of another kind', `;by hand\n${usual}`],
      ['with such a comment at its end', `${usual};by hand\n`],
      ['with a comment after a section', usual.replace('[ipv4]', '[ipv4] # fixed')],
      ['with a setting before', `id=one\n${usual}`],
      ['with a line of another format', `${usual}auto eth0\n`],
      ['with a setting without a name', `${usual}=x\n`],
      ['in capitals', usual.replace('connection', 'CONNECTION')],
      ['with blanks in a section', usual.replace('[connection]', '[ connection ]')],
      ['with ends of lines of another kind', usual.replaceAll('\n', '\r')],
      ['with a blank after its method', usual.replace('=manual', '=manual ')],
      ['with a blank after its type', usual.replace('=ethernet', '=ethernet ')],
      ['with a tab after its interface', usual.replace('=eth0', '=eth0\t')],
      ['with a blank after its address', usual.replace('/24', '/24 ')],
      ['with blanks that only look like some', usual.replace('[ipv4]', '\u00a0[ipv4]')],
      ['with such blanks after a section', usual.replace('[ipv4]', '[ipv4]\u00a0')],
      ['with a form feed before', usual.replace('type=', '\ftype=')],
      ['with a form feed after a section', usual.replace('[ipv4]', '[ipv4]\f')],
      ['with a vertical tab', usual.replace('id=one', 'id=one\n\v')],
      ['with a return at its end', `${usual.trimEnd()}\r`],
      ['with a name in a language', usual.replace('id=one', 'id=one\nid[de]=eins')],
      ['with half a language', usual.replace('id=one', 'id=one\nid[=eins')],
      ['with a mark of its encoding', `\ufeff${usual}`],
      ['an empty one', ''],
    ])('%s', async (_, text, mode = 0o600, name = 'one.nmconnection') => {
      const directory = await mkdtemp(join(tmpdir(), 'keyfiles-'));
      try {
        await writeFile(join(directory, name), text);
        await chmod(join(directory, name), mode);
        const { files, warnings } = await readKeyfiles(directory);
        expect(files).toHaveLength(1);
        // As they are on the boot partition: see bootFiles.
        const put = `install -m ${mode.toString(8)} '${directory}/${name}' $keyfiles/`;
        const addresses = await withCables(
          ['eth0'],
          `${bootWithNetworkManager(put)}ip -4 -oneline address show`,
        );
        expect(addresses.includes('192.0.2.200/24')).toBe(warnings.length === 0);
      } finally {
        await rm(directory, { recursive: true });
      }
    });
  },
);
