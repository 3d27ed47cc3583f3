import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../../src/lib/errors.ts';
import { keyfileArguments } from '../../../../src/media/keyfiles/keyfile-arguments.ts';
import { parseKernelArguments } from '../../../../src/parameters/kernel-cmdline.ts';
import { isNetworkArgument } from '../../../../src/parameters/known-arguments.ts';
import { parseLinks, parseRoutes } from '../../../../src/system/network/ip-output.ts';
import { networkArguments } from '../../../../src/system/network/network-arguments.ts';

const fixture = (name: string) => ({
  path: `/some/where/${name}.nmconnection`,
  bytes: readFileSync(join(import.meta.dirname, `fixtures/${name}.nmconnection`)),
});

describe('keyfiles as nmcli writes them', () => {
  test.each<[string, string[]]>([
    ['any', ['ip=dhcp']],
    ['six', ['ip=enp1s0:auto6']],
    ['dh6', ['ip=enp1s0:dhcp6', 'rd.peerdns=0', 'nameserver=2001:db8::53']],
    [
      'office',
      [
        'ip=192.0.2.200::192.0.2.1:255.255.255.0::enp1s0:none:9000:52:54:00:aa:bb:cc',
        'ip=198.51.100.5:::255.255.255.128::enp1s0:none:9000:52:54:00:aa:bb:cc',
        'ip=[2001:db8::5]::[fe80::1]:64::enp1s0:none:9000:52:54:00:aa:bb:cc',
        'rd.route=10.0.0.0/8:192.0.2.9:enp1s0',
        'rd.route=172.16.0.0/12:192.0.2.10:enp1s0',
        'nameserver=192.0.2.53',
        'nameserver=192.0.2.54',
        'nameserver=2001:db8::53',
      ],
    ],
    [
      'bond0 port1 port2 vlan',
      [
        'bond=bond0:enp1s0,enp2s0:mode=802.3ad,lacp_rate=fast,miimon=100,xmit_hash_policy=layer3+4',
        'vlan=bond0.5:bond0',
        'ip=192.0.2.200::192.0.2.1:255.255.255.0::bond0.5:none',
      ],
    ],
    [
      'brport br0',
      ['ifname=enx525400123458:52:54:00:12:34:58', 'bridge=br0:enx525400123458', 'ip=br0:dhcp'],
    ],
    [
      'generated-bond0 generated-bond0.5 generated-eth1 generated-eth2 generated-eth3',
      [
        'bond=bond0:eth1,eth2:mode=active-backup,miimon=100:9000',
        'vlan=bond0.5:bond0',
        'ip=eth3:dhcp',
        'ip=192.0.2.5::192.0.2.1:255.255.255.0::bond0.5:none',
        'rd.route=10.0.0.0/8:192.0.2.9:bond0.5',
        'nameserver=192.0.2.53',
      ],
    ],
  ])('%s', (names, words) => {
    const answer = keyfileArguments(names.split(' ').map(fixture));
    expect(answer.arguments).toEqual(words);
    expect(answer.notes).toEqual(
      names === 'office'
        ? ['The medium does without these settings of office.nmconnection: ipv4.dns-search.']
        : names.startsWith('generated')
          ? [expect.stringContaining('no card has the name eth1 or eth2 or eth3')]
          : [],
    );
  });

  test.each([
    ['wifi', 'wifi.nmconnection', '[connection] type=wifi: no kernel argument expresses Wi-Fi'],
    ['wg', 'wg.nmconnection', '[connection] type=wireguard: no kernel argument expresses a VPN'],
    ['team', 'team.nmconnection', '[connection] type=team: no kernel argument makes a team'],
    ['dot1x', 'dot1x.nmconnection', '[802-1x] eap=peap;: no kernel argument expresses 802.1X'],
    ['rules', 'rules.nmconnection', 'no kernel argument expresses policy routing'],
    ['port1', 'port1.nmconnection', 'no keyfile is of the bond or bridge bond0'],
    ['bond0', 'bond0.nmconnection', 'no keyfile is of a port of bond0'],
    ['office six', 'office.nmconnection', 'six.nmconnection configures enp1s0, too'],
  ])('%s: refused with the file, the setting, and the reason', (names, file, why) => {
    const { failure } = refusalOf(() => keyfileArguments(names.split(' ').map(fixture)));
    expect(failure.code).toBe('customization-invalid');
    expect(failure.failed).toBe(`Cannot use ${file}`);
    expect(failure.why).toContain(why);
  });
});

function refusalOf(run: () => unknown): InputError {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** A keyfile of an Ethernet card, with these settings more. */
const keyfile = (text: string, name = 'a.nmconnection') => ({
  path: name,
  bytes: Buffer.from(text),
});
const ethernet = (text: string, connection = 'interface-name=enp1s0') =>
  keyfile(`[connection]\nid=a\ntype=ethernet\n${connection}\n${text}\n`);
const wordsOf = (text: string, connection?: string) =>
  keyfileArguments([ethernet(text, connection)]).arguments;

const manual4 = '[ipv4]\nmethod=manual\naddress1=192.0.2.5/24,192.0.2.1\n';
const plain4 = 'ip=192.0.2.5::192.0.2.1:255.255.255.0::enp1s0:none';

describe('one card', () => {
  test.each<[string, string, string[]]>([
    ['nothing said', '', ['ip=enp1s0:dhcp']],
    ['the old name of its type', '[802-3-ethernet]\nmtu=1400', ['ip=enp1s0:dhcp:1400']],
    ['without IPv4', '[ipv4]\nmethod=disabled', ['ip=enp1s0:auto6']],
    ['without addresses', '[ipv4]\nmethod=disabled\n[ipv6]\nmethod=ignore', []],
    [
      'a MAC address of its own',
      '[ethernet]\ncloned-mac-address=52-54-00-AA-BB-CC',
      ['ip=enp1s0:dhcp::52:54:00:aa:bb:cc'],
    ],
    ['its own MAC address', '[ethernet]\ncloned-mac-address=permanent', ['ip=enp1s0:dhcp']],
    ['IPv6 of a router beside', `${manual4}[ipv6]\nmethod=auto`, [plain4]],
    [
      'IPv6 of a router needed',
      `${manual4}[ipv6]\nmethod=auto\nmay-fail=false`,
      [plain4, 'ip=enp1s0:auto6'],
    ],
    ['DHCPv6 beside', `${manual4}[ipv6]\nmethod=dhcp`, [plain4, 'ip=enp1s0:dhcp6']],
    [
      'DHCP, and IPv6 fixed',
      '[ipv6]\nmethod=manual\naddress1=2001:db8::5/64',
      ['ip=[2001:db8::5]:::64::enp1s0:none', 'ip=enp1s0:dhcp'],
    ],
    [
      'an address beside DHCP',
      '[ipv4]\naddress1=192.0.2.5/24',
      ['ip=192.0.2.5:::255.255.255.0::enp1s0:none', 'ip=enp1s0:dhcp'],
    ],
    [
      'the gateway apart',
      '[ipv4]\nmethod=manual\naddresses=192.0.2.5/24\ngateway=192.0.2.1',
      [plain4],
    ],
    [
      'the gateway in the network of the second',
      '[ipv4]\nmethod=manual\naddress2=192.0.2.5/24\naddress1=198.51.100.5/24\ngateway=192.0.2.1',
      ['ip=198.51.100.5:::255.255.255.0::enp1s0:none', plain4],
    ],
    [
      'never the default route',
      `${manual4}never-default=true`,
      ['ip=192.0.2.5:::255.255.255.0::enp1s0:none'],
    ],
    [
      'an address without a length',
      '[ipv4]\nmethod=manual\naddress1=192.0.2.5',
      ['ip=192.0.2.5:::255.255.255.255::enp1s0:none'],
    ],
    [
      'a route on the link',
      `${manual4}route1=10.0.0.0/8,0.0.0.0,50`,
      [plain4, 'rd.route=10.0.0.0/8::enp1s0'],
    ],
    [
      'servers in place of those of DHCP',
      '[ipv4]\ndns=192.0.2.53\nignore-auto-dns=true\n[ipv6]\nignore-auto-dns=true',
      ['ip=enp1s0:dhcp', 'rd.peerdns=0', 'nameserver=192.0.2.53'],
    ],
    [
      'gateways in no network of the card, which need routes of their own',
      '[ipv4]\nmethod=manual\naddress1=192.0.2.5/24,203.0.113.1\nroute1=10.0.0.0/8,203.0.113.9',
      [
        'ip=192.0.2.5::203.0.113.1:255.255.255.0::enp1s0:none',
        'rd.route=203.0.113.1/32::enp1s0',
        'rd.route=203.0.113.9/32::enp1s0',
        'rd.route=10.0.0.0/8:203.0.113.9:enp1s0',
      ],
    ],
    [
      'a gateway that a route of the keyfile leads to',
      '[ipv4]\nmethod=manual\naddress1=192.0.2.5/32,192.0.2.1\nroute1=192.0.2.1/32',
      ['ip=192.0.2.5::192.0.2.1:255.255.255.255::enp1s0:none', 'rd.route=192.0.2.1/32::enp1s0'],
    ],
    [
      'IPv6 gateways, of the link and far away',
      '[ipv4]\nmethod=disabled\n[ipv6]\nmethod=manual\naddress1=2001:db8::5/64,FE80::1\nroute1=2001:db8:5::/48,2001:db8:9::1',
      [
        'ip=[2001:db8::5]::[FE80::1]:64::enp1s0:none',
        'rd.route=[2001:db8:9::1/128]::enp1s0',
        'rd.route=[2001:db8:5::/48]:[2001:db8:9::1]:enp1s0',
      ],
    ],
    [
      'a gateway that may be in the network that DHCP gives',
      '[ipv4]\nroute1=10.0.0.0/8,192.0.2.9',
      ['ip=enp1s0:dhcp', 'rd.route=10.0.0.0/8:192.0.2.9:enp1s0'],
    ],
    [
      'numbers, booleans and MAC addresses with spaces at the end',
      '[ethernet]\nmtu=1400 \ncloned-mac-address=52:54:00:AA:BB:CC\t\n[ipv4]\nmethod=manual\naddress1=192.0.2.5/24,192.0.2.1\nnever-default=true ',
      ['ip=192.0.2.5:::255.255.255.0::enp1s0:none:1400:52:54:00:aa:bb:cc'],
    ],
    [
      'booleans that are none for NetworkManager',
      `${manual4}never-default=yes\n[ipv6]\nmay-fail=off`,
      [plain4],
    ],
    [
      'settings without a value',
      '[ipv4]\ndns-search=\nroute-table=\n[802-1x]\n',
      ['ip=enp1s0:dhcp'],
    ],
    ['a file of Windows', manual4.replaceAll('\n', '\r\n'), [plain4]],
    [
      'a setting that is there twice',
      `${manual4}address1=192.0.2.6/24,192.0.2.1`,
      [plain4.replace('2.5', '2.6')],
    ],
  ])('%s', (_, text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  test('by its MAC address: a name that tells it', () => {
    expect(wordsOf('[ethernet]\nmac-address=52:54:00:12:34:AB', '')).toEqual([
      'ifname=enx5254001234ab:52:54:00:12:34:ab',
      'ip=enx5254001234ab:dhcp',
    ]);
    const both = '[ethernet]\nmac-address=52:54:00:12:34:AB';
    expect(wordsOf(both)).toEqual(['ifname=enp1s0:52:54:00:12:34:ab', 'ip=enp1s0:dhcp']);
    // The kernel gives such a name to another card, perhaps.
    expect(wordsOf(both, 'interface-name=eth0')).toEqual(['ip=eth0:dhcp']);
  });

  test('what only an interface with an address can have is told, where there is none', () => {
    const more = '[ethernet]\nmtu=9000\ncloned-mac-address=52:54:00:12:34:56\n';
    const { arguments: words, notes } = keyfileArguments([
      ethernet(`${more}[ipv4]\nmethod=disabled\n[ipv6]\nmethod=disabled`),
    ]);
    expect(words).toEqual([]);
    const why = 'of a.nmconnection: only an interface with an address has one.';
    expect(notes).toEqual([
      `The medium does without ethernet.cloned-mac-address ${why}`,
      `The medium does without ethernet.mtu ${why}`,
    ]);
  });

  test('names that the kernel gives are told, and those that it does not are not', () => {
    const notes = (connection: string) => keyfileArguments([ethernet('', connection)]).notes;
    expect(notes('interface-name=eth0')).toEqual([
      'Without the kernel argument net.ifnames=0 no card has the name eth0, neither on the medium nor on Fedora CoreOS. Usual names are like enp1s0.',
    ]);
    expect(notes('interface-name=eth')).toEqual([]);
    expect(notes('')).toEqual([]);
  });

  test.each(['no', 'off', 'False', 'yes'])('autoconnect=%s is no boolean, and ignored', (word) => {
    expect(wordsOf('', `interface-name=enp1s0\nautoconnect=${word}`)).toEqual(['ip=enp1s0:dhcp']);
  });

  test('what does not start by itself is told', () => {
    expect(keyfileArguments([ethernet('', 'autoconnect=false')])).toEqual({
      arguments: [],
      notes: ['The medium does not use a.nmconnection, which has autoconnect=false.'],
    });
    // Whatever else is in it.
    const wifi = keyfile('[connection]\ntype=wifi\nautoconnect=false\n', 'a.nmconnection');
    expect(keyfileArguments([wifi]).notes).toHaveLength(1);
  });

  test('the main table, which nmstate names for each route, is no policy routing', () => {
    const route = 'route1=10.0.0.0/8,192.0.2.9\nroute1_options=table=254';
    const address = '[ipv4]\nmethod=manual\naddress1=192.0.2.5/24';
    expect(keyfileArguments([ethernet(`${address}\n${route}`)])).toEqual({
      arguments: [
        'ip=192.0.2.5:::255.255.255.0::enp1s0:none',
        'rd.route=10.0.0.0/8:192.0.2.9:enp1s0',
      ],
      notes: [],
    });
  });

  test('name servers of DHCP are ignored by all, or by none', () => {
    const ignores = 'ignore-auto-dns=true';
    const one = `[ipv4]\n${ignores}\n[ipv6]\n${ignores}\n`;
    const other = keyfile('[connection]\ntype=ethernet\ninterface-name=enp2s0\n', 'b.nmconnection');
    const { arguments: words, notes } = keyfileArguments([ethernet(one), other]);
    expect(words).toEqual(['ip=enp1s0:dhcp', 'ip=enp2s0:dhcp']);
    expect(notes).toEqual([expect.stringContaining('ignore-auto-dns is not in all keyfiles')]);
  });

  test.each<[string, string, string, string?]>([
    ['[ipv4]\nmethod=shared', '[ipv4] method=shared', 'no kernel argument expresses it'],
    ['[ipv4]\nmethod=link-local', '[ipv4] method=link-local', 'no kernel argument expresses it'],
    ['[ipv4]\nmethod=manual', '[ipv4] method=manual', 'there is no address'],
    ['[ipv4]\nmethod=manual\naddress1=192.0.2.5/33', '[ipv4] address1', '192.0.2.5/33 is no IPv4'],
    ['[ipv4]\nmethod=manual\naddress1=192.0.2.5 rd.break', '[ipv4] address1', 'is no IPv4 address'],
    [
      '[ipv4]\nmethod=manual\naddress1=192.0.2.5/24,fe80::1',
      '[ipv4] address1',
      'fe80::1 is no IPv4',
    ],
    ['[ipv6]\nmethod=manual\naddress1=fe80::5%eth0/64', '[ipv6] address1', 'is no IPv6 address'],
    ['[ipv4]\ndns=dns+tls://192.0.2.53', '[ipv4] dns', 'is no IPv4 address'],
    ['[ipv4]\nnever-default=true', '[ipv4] never-default=true', 'with an automatic address'],
    ['[ipv4]\nroute-table=5', '[ipv4] route-table=5', 'policy routing'],
    [
      '[ipv4]\nroute1=10.0.0.0/8\nroute1_options=onlink=true',
      '[ipv4] route1_options',
      'options of a route',
    ],
    ['[ipv4]\nignore-auto-routes=true', '[ipv4] ignore-auto-routes=true', 'no kernel argument'],
    [
      '[ethernet]\ncloned-mac-address=random',
      '[ethernet] cloned-mac-address',
      'random is no fixed MAC',
    ],
    ['[ethernet]\nmtu=big', '[ethernet] mtu', 'big is no number'],
    ['[match]\ndriver=e1000e', '[match] driver=e1000e', 'no kernel argument expresses it'],
    ['[wifi-security]\npsk=secret', '[wifi-security] psk=…', 'no kernel argument'],
    ['[ipv4]\nfuture=1', '[ipv4] future=1', 'no kernel argument expresses it'],
    [manual4, '[connection] interface-name', 'a fixed address or a route needs a network card', ''],
    ['[ethernet]\nmtu=9000', '[connection] interface-name', 'an MTU or a MAC address', ''],
    ['', '[connection] interface-name', 'enp1s0:dhcp is no name', 'interface-name=enp1s0:dhcp'],
    ['', '[connection] interface-name', 'is no name', 'interface-name=a b'],
    ['', '[connection] interface-name', 'is no name', 'interface-name=longer-than-fifteen'],
    ['', '[connection] permissions=user:me:;', 'no kernel argument', 'permissions=user:me:;'],
    ['a line', 'a.nmconnection', 'line 5 is neither a comment'],
    ['\u00a0[ipv4]', 'a.nmconnection', 'line 5 is neither a comment'],
    ['[ipv4]\f', 'a.nmconnection', 'line 5 is neither a comment'],
    ['\v', 'a.nmconnection', 'line 5 is neither a comment'],
    ['[ipv4]\nmethod=auto ', 'a.nmconnection', 'line 6 ends with a space'],
    ['', 'a.nmconnection', 'line 4 ends with a space', 'interface-name=enp1s0\t'],
    ['', '[connection] controller', 'it ends with a space', 'controller=br0 '],
    [
      '[ipv4]\nmethod=manual\naddress1=192.0.2.5/24, 192.0.2.1',
      '[ipv4] address1',
      'is no IPv4 address',
    ],
  ])('%j is refused', (text, where, why, connection) => {
    const { message } = refusalOf(() => wordsOf(text, connection));
    expect(message).toContain('a.nmconnection');
    expect(message).toContain(where);
    expect(message).toContain(why);
    expect(message).not.toContain('secret');
  });

  test('they are not on a kernel’s command line, and may be longer', () => {
    const servers = Array.from({ length: 200 }, (_, at) => `192.0.2.${at}`).join(';');
    expect(wordsOf(`[ipv4]\ndns=${servers}`)).toHaveLength(201);
  });

  test('a mark of the encoding is refused', () => {
    const bytes = Buffer.from(`\ufeff${ethernet('').bytes.toString()}`);
    const { message } = refusalOf(() => keyfileArguments([{ path: 'a.nmconnection', bytes }]));
    expect(message).toContain('NetworkManager does not read it: it begins with a byte order mark');
  });
});

describe('devices of several', () => {
  const of = (type: string, name: string, more: string) =>
    keyfile(
      `[connection]\nuuid=u-${name}\ntype=${type}\ninterface-name=${name}\n${more}\n`,
      `${name}.nmconnection`,
    );
  const off = '[ipv4]\nmethod=disabled\n[ipv6]\nmethod=disabled';
  const wordsOfAll = (...files: ReturnType<typeof of>[]) => keyfileArguments(files).arguments;

  test('controllers and parents are named by interface or UUID, or have a MAC address', () => {
    expect(
      wordsOfAll(
        of(
          'bond',
          'bond0',
          '[bond]\nmode=1\narp_ip_target=192.0.2.1,192.0.2.2\n[ethernet]\nmtu=9000',
        ),
        of('ethernet', 'eth1', 'controller=u-bond0'),
        of('ethernet', 'eth2', 'master=bond0\nslave-type=bond'),
        of('vlan', 'vlan7', '[vlan]\nid=7\nparent=u-bond0'),
        of('ethernet', 'lan1', `[ethernet]\nmac-address=52:54:00:12:34:56\n${off}`),
        keyfile(
          '[connection]\ntype=vlan\n[vlan]\nid=9\nparent=52:54:00:12:34:56\n',
          'v.nmconnection',
        ),
      ),
    ).toEqual([
      'ifname=lan1:52:54:00:12:34:56',
      'bond=bond0:eth1,eth2:mode=1,arp_ip_target=192.0.2.1;192.0.2.2:9000',
      'vlan=vlan7:bond0',
      'vlan=lan1.9:lan1',
      'ip=bond0:dhcp:9000',
      'ip=vlan7:dhcp',
      'ip=lan1.9:dhcp',
    ]);
  });

  test('the card of a VLAN without a keyfile of its own has what any card has', () => {
    const any = keyfile('[connection]\ntype=ethernet\n', 'any.nmconnection');
    const files = [any, of('vlan', 'vlan5', '[vlan]\nid=5\nparent=enp1s0')];
    expect(wordsOfAll(...files)).toEqual([
      'vlan=vlan5:enp1s0',
      'ip=dhcp',
      'ip=vlan5:dhcp',
      'ip=enp1s0:dhcp',
    ]);
  });

  test('a bond that asks DHCP has the MAC address of one of its cards, unless it is given', () => {
    const ports = ['enp1s0', 'enp2s0'].map((name) => of('ethernet', name, 'controller=bond0'));
    const notes = (more: string, count = 2) =>
      keyfileArguments([of('bond', 'bond0', more), ...ports.slice(0, count)]).notes;
    expect(notes('')).toEqual([
      'bond0 has the MAC address of the card that is ready first, also for DHCP. For a certain one, set cloned-mac-address= in the section [ethernet] of bond0.nmconnection.',
    ]);
    expect(notes('', 1)).toEqual([]);
    expect(notes('[ethernet]\ncloned-mac-address=52:54:00:12:34:56')).toEqual([]);
    expect(notes('[ipv4]\nmethod=manual\naddress1=192.0.2.5/24')).toEqual([]);
    // That of a bond without addresses is not used, so that setting it would be of no use to the VLAN.
    const vlan = of('vlan', 'vlan5', '[vlan]\nid=5\nparent=bond0');
    expect(keyfileArguments([of('bond', 'bond0', off), ...ports, vlan]).notes).toEqual([]);
  });

  test('a bond prefers a port that a keyfile names', () => {
    const named = of('ethernet', 'enp1s0', 'controller=bond0');
    const other = of('ethernet', 'enp2s0', 'controller=bond0');
    const nameless = keyfile(
      '[connection]\ntype=ethernet\ncontroller=bond0\n[ethernet]\nmac-address=52:54:00:12:34:56\n',
      'port.nmconnection',
    );
    const bond = of('bond', 'bond0', `[bond]\nmode=active-backup\nprimary=enp1s0\n${off}`);
    const notes = (port: typeof bond) => keyfileArguments([bond, port, other]).notes;
    expect(notes(named)).toEqual([]);
    expect(notes(nameless)).toEqual([
      'The medium does without bond.primary=enp1s0 of bond0.nmconnection: no keyfile of a port has interface-name=enp1s0.',
    ]);
  });

  const port = of('ethernet', 'eth1', 'controller=bond0');
  const byMac = keyfile(
    '[connection]\ntype=ethernet\n[ethernet]\nmac-address=52:54:00:12:34:56\n',
    'mac.nmconnection',
  );
  test.each<[string, ReturnType<typeof of>[], string]>([
    [
      'a name without its number',
      [of('vlan', 'rack', '[vlan]\nid=5\nparent=eth0')],
      'must end with that number',
    ],
    [
      'a card that another keyfile may mean by its MAC address',
      [byMac, of('vlan', 'vlan5', '[vlan]\nid=5\nparent=enp1s0')],
      'enp1s0 may be the card of mac.nmconnection',
    ],
    [
      'one card by its MAC address twice',
      [byMac, of('ethernet', 'lan1', '[ethernet]\nmac-address=52-54-00-12-34-56')],
      'lan1.nmconnection configures enx525400123456',
    ],
    ['a VLAN of nothing', [of('vlan', 'vlan5', '[vlan]\nid=5')], '[vlan] parent: it is missing'],
    [
      'a number that is none',
      [of('vlan', 'vlan5', '[vlan]\nid=5000\nparent=eth0')],
      '5000 is no number',
    ],
    [
      'priorities',
      [of('vlan', 'vlan5', '[vlan]\nid=5\nparent=eth0\negress-priority-map=1:2')],
      'egress-priority-map',
    ],
    [
      'another protocol',
      [of('vlan', 'vlan5', '[vlan]\nid=5\nparent=eth0\nprotocol=802.1ad')],
      'protocol=802.1ad',
    ],
    [
      'an option of a bond',
      [of('bond', 'bond0', '[bond]\nad_actor_system=52:54:00:12:34:56'), port],
      '[bond] ad_actor_system',
    ],
    ['a value of one', [of('bond', 'bond0', '[bond]\nprimary=a b'), port], '[bond] primary=a b'],
    [
      'VLANs in a bridge',
      [of('bridge', 'bond0', '[bridge]\nvlan-filtering=true'), port],
      'vlan-filtering=true',
    ],
    [
      'a port of a card',
      [of('ethernet', 'bond0', ''), port],
      'no keyfile is of the bond or bridge bond0',
    ],
  ])('%s: refused', (_, files, why) => {
    expect(refusalOf(() => keyfileArguments(files)).message).toContain(why);
  });
});

const byte = fc.integer({ min: 1, max: 254 });
const network = fc.record({
  mtu: fc.constantFrom(1500, 1400, 9000),
  v4: fc.uniqueArray(byte, { maxLength: 3 }),
  v6: fc.uniqueArray(byte, { maxLength: 3 }),
  gateway4: fc.boolean(),
  gateway6: fc.boolean(),
  dhcp: fc.boolean(),
  routes: fc.uniqueArray(byte, { maxLength: 3 }),
  servers: fc.uniqueArray(byte, { maxLength: 3 }),
});

test('the arguments are those that the running network would be copied with', () => {
  fc.assert(
    fc.property(fc.array(network, { minLength: 1, maxLength: 3 }), (given) => {
      // Of a fixed address next to that of DHCP, only the fixed one is copied.
      const cards = given.map((card) => ({ ...card, dhcp: card.dhcp && card.v4.length === 0 }));
      const names = cards.map((_, at) => `enp${at}s0`);
      const files = cards.map((card, at) => {
        const list = (key: string, values: readonly string[]) =>
          values.map((value, index) => `${key}${index + 1}=${value}\n`).join('');
        const [gateway4, gateway6] = gatewaysOf(card, at);
        const fixed4 = card.v4.map(
          (n, index) => `192.0.${at}.${n}/24${index === 0 && gateway4 ? `,${gateway4}` : ''}`,
        );
        const fixed6 = card.v6.map(
          (n, index) => `2001:db8:${at}::${n}/64${index === 0 && gateway6 ? `,${gateway6}` : ''}`,
        );
        const method = (isManual: boolean) => (isManual ? 'manual' : 'disabled');
        return keyfile(
          `[connection]\ntype=ethernet\ninterface-name=${names[at]}\n[ethernet]\nmtu=${card.mtu}\n` +
            `[ipv4]\nmethod=${card.dhcp ? 'auto' : method(fixed4.length > 0)}\n${list('address', fixed4)}` +
            (fixed4.length > 0
              ? list(
                  'route',
                  card.routes.map((n) => `10.${n}.0.0/16,192.0.${at}.254`),
                )
              : '') +
            `dns=${at === 0 && !cards.some(({ dhcp }) => dhcp) ? card.servers.map((n) => `198.51.100.${n};`).join('') : ''}\n` +
            `[ipv6]\nmethod=${method(fixed6.length > 0)}\n${list('address', fixed6)}`,
          `${at}.nmconnection`,
        );
      });
      const link = (card: (typeof cards)[number], at: number) => ({
        ...{ ifindex: at + 2, ifname: names[at], flags: ['UP'], mtu: card.mtu },
        addr_info: [
          ...card.v4.map((n) => ({ family: 'inet', local: `192.0.${at}.${n}`, prefixlen: 24 })),
          ...card.v6.map((n) => ({
            family: 'inet6',
            local: `2001:db8:${at}::${n}`,
            prefixlen: 64,
          })),
          ...(card.dhcp
            ? [{ family: 'inet', local: '203.0.113.5', prefixlen: 24, dynamic: true }]
            : []),
        ],
      });
      const routes = cards.flatMap((card, at) => [
        ...gatewaysOf(card, at).flatMap((gateway) =>
          gateway === undefined
            ? []
            : [{ dst: 'default', gateway, dev: names[at], protocol: 'static' }],
        ),
        ...(card.v4.length > 0
          ? card.routes.map((n) => ({
              dst: `10.${n}.0.0/16`,
              gateway: `192.0.${at}.254`,
              dev: names[at],
            }))
          : []),
      ]);
      const present = networkArguments({
        links: parseLinks(JSON.stringify(cards.map(link))),
        routes: parseRoutes(JSON.stringify(routes)),
        rules: [],
        cards: new Set(names),
        nameServers: cards.some(({ dhcp }) => dhcp)
          ? []
          : (cards[0]?.servers ?? []).map((n) => `198.51.100.${n}`),
        leases: undefined,
      });
      // Without an address there is nothing of a network to copy.
      const hasAddress = present.arguments.length > 0;
      const { arguments: words } = keyfileArguments(files);
      const own = hasAddress ? words : words.filter((word) => !word.startsWith('nameserver='));
      expect(own.toSorted()).toEqual(present.arguments.toSorted());
      expectNetworkWords(words);
    }),
  );
});

function gatewaysOf(
  card: { v4: number[]; v6: number[]; gateway4: boolean; gateway6: boolean },
  at: number,
) {
  return [
    card.gateway4 && card.v4.length > 0 ? `192.0.${at}.254` : undefined,
    card.gateway6 && card.v6.length > 0 ? `2001:db8:${at}::ffff` : undefined,
  ];
}

test('whatever a file contains, it is words for the network, or refused', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('[connection]', '[ipv4]', '[ipv6]', '[ethernet]', '[vlan]', '[bond]'),
    fc
      .tuple(
        fc.constantFrom(
          'type',
          'interface-name',
          'controller',
          'method',
          'address1',
          'route1',
          'dns',
          'mtu',
          'mac-address',
          'id',
          'parent',
          'primary',
        ),
        fc.oneof(
          fc.string({ maxLength: 12 }),
          fc.constantFrom(
            'ethernet',
            'vlan',
            'bond',
            'eth0',
            'manual',
            'auto',
            '192.0.2.5/24',
            '5',
            '52:54:00:12:34:56',
          ),
        ),
      )
      .map(([key, value]) => `${key}=${value}`),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = `[connection]\ntype=ethernet\n${lines.join('\n')}`;
      try {
        expectNetworkWords(keyfileArguments([keyfile(text)]).arguments);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }),
  );
});

/** Each is one argument, which the installer also knows as one for the network. */
function expectNetworkWords(words: readonly string[]): void {
  const others = words.filter((word) => {
    const [argument, ...more] = parseKernelArguments(word);
    const isPlain = /^[\w.]+=[\w.,;:=/+[\]-]+$/.test(word);
    return !isPlain || more.length > 0 || argument === undefined || !isNetworkArgument(argument);
  });
  expect(others).toEqual([]);
}
