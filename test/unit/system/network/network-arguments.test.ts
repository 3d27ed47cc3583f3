import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../../../src/lib/errors.ts';
import { parseKernelArguments } from '../../../../src/parameters/kernel-cmdline.ts';
import { isNetworkArgument } from '../../../../src/parameters/known-arguments.ts';
import { isInNetwork } from '../../../../src/system/network/configured-link.ts';
import { parseLinks, parseRoutes, parseRules } from '../../../../src/system/network/ip-output.ts';
import { networkArguments } from '../../../../src/system/network/network-arguments.ts';
import type { NetworkState } from '../../../../src/system/network/network-state.ts';

const usualRules = [
  { priority: 0, src: 'all', table: 'local' },
  { priority: 32766, src: 'all', table: 'main' },
  { priority: 32767, src: 'all', table: 'default' },
];

let index = 1;
const link = (ifname: string, rest: object = {}) => ({
  ...{ ifindex: index++, ifname, flags: ['BROADCAST', 'UP', 'LOWER_UP'], mtu: 1500 },
  ...rest,
});
const inet = (local: string, prefixlen = 24, rest: object = {}) => ({
  ...{ family: local.includes(':') ? 'inet6' : 'inet', local, prefixlen, scope: 'global' },
  ...rest,
});
const byDhcp = { dynamic: true, valid_life_time: 3600 };

interface Given {
  links: object[];
  routes?: object[];
  rules?: object[];
  cards?: string[];
  nameServers?: string[];
  leases?: NetworkState['leases'];
}

/** As it would be read from `ip -json`. */
const stateOf = ({ links, routes = [], rules = [], ...rest }: Given): NetworkState => ({
  links: parseLinks(JSON.stringify(links)),
  routes: parseRoutes(JSON.stringify(routes)),
  rules: parseRules(JSON.stringify([...usualRules, ...rules])),
  cards: new Set(rest.cards ?? ['eth0', 'eth1']),
  nameServers: rest.nameServers ?? [],
  leases: 'leases' in rest ? rest.leases : { addresses: new Set(), nameServers: new Set() },
});
const argumentsOf = (given: Given) => networkArguments(stateOf(given)).arguments;

describe('addresses', () => {
  test.each<[string, object, string[]]>([
    ['a fixed one', inet('192.0.2.5'), ['ip=192.0.2.5:::255.255.255.0::eth0:none']],
    ['a single one', inet('192.0.2.5', 32), ['ip=192.0.2.5:::255.255.255.255::eth0:none']],
    ['IPv6', inet('2001:db8::5', 64), ['ip=[2001:db8::5]:::64::eth0:none']],
    ['DHCP', inet('192.0.2.5', 24, byDhcp), ['ip=eth0:dhcp']],
    ['DHCPv6', inet('2001:db8::5', 128, byDhcp), ['ip=eth0:dhcp6']],
    ['a router’s', inet('2001:db8::5', 64, byDhcp), ['ip=eth0:auto6']],
    ['link-local only', inet('fe80::5', 64, { scope: 'link' }), []],
  ])('%s', (_, address, wanted) => {
    expect(argumentsOf({ links: [link('eth0', { addr_info: [address] })] })).toEqual(wanted);
  });

  test('a fixed one in the network of that of DHCP: one argument, with what DHCP gave besides', () => {
    const addr_info = [inet('192.0.2.5', 24, byDhcp), inet('192.0.2.200')];
    const links = [link('eth0', { addr_info })];
    const routes = [
      { dst: 'default', gateway: '192.0.2.1', dev: 'eth0', protocol: 'dhcp', metric: 1024 },
      { dst: '192.0.2.1', dev: 'eth0', protocol: 'dhcp', scope: 'link' },
      { dst: '10.0.0.0/8', gateway: '192.0.2.9', dev: 'eth0', protocol: 'dhcp' },
    ];
    const leases = { addresses: new Set(['192.0.2.5']), nameServers: new Set(['192.0.2.53']) };
    const nameServers = ['192.0.2.53'];
    const present = networkArguments(stateOf({ links, routes, leases, nameServers }));
    expect(present).toEqual({
      arguments: [
        'ip=192.0.2.200::192.0.2.1:255.255.255.0::eth0:none',
        'rd.route=10.0.0.0/8:192.0.2.9:eth0',
        'nameserver=192.0.2.53',
      ],
      notes: ['The address of eth0 by DHCP is not copied, as eth0 has another one.'],
    });
    const own = { dst: 'default', gateway: '192.0.2.2', dev: 'eth0', metric: 2048 };
    expect(argumentsOf({ links, routes: [...routes, own] })[0]).toBe(
      'ip=192.0.2.200::192.0.2.2:255.255.255.0::eth0:none',
    );
    // Of a client that does not mark what it got.
    expect(argumentsOf({ links, leases: undefined, nameServers })).toEqual([
      'ip=192.0.2.200:::255.255.255.0::eth0:none',
      'nameserver=192.0.2.53',
    ]);
  });

  test('a fixed one in another network than the gateway of DHCP: both, with a note', () => {
    const addr_info = [inet('192.0.2.5', 24, byDhcp), inet('10.9.0.5')];
    const links = [link('eth0', { addr_info })];
    const routes = [{ dst: 'default', gateway: '192.0.2.1', dev: 'eth0', protocol: 'dhcp' }];
    expect(networkArguments(stateOf({ links, routes }))).toEqual({
      arguments: ['ip=10.9.0.5:::255.255.255.0::eth0:none', 'ip=eth0:dhcp'],
      notes: [
        'The first boot gets 2 arguments for eth0. Images from before 2020 do not boot with that.',
      ],
    });
  });

  test('several, with a note', () => {
    const addr_info = [
      inet('192.0.2.5'),
      inet('2001:db8:1::5', 64),
      inet('2001:db8::5', 64, byDhcp),
    ];
    expect(networkArguments(stateOf({ links: [link('eth0', { addr_info })] }))).toEqual({
      arguments: [
        'ip=192.0.2.5:::255.255.255.0::eth0:none',
        'ip=[2001:db8:1::5]:::64::eth0:none',
        'ip=eth0:auto6',
      ],
      notes: [
        'The first boot gets 3 arguments for eth0. Images from before 2020 do not boot with that.',
      ],
    });
  });

  test('a lease without an end is a lease', () => {
    const leases = { addresses: new Set(['192.0.2.5']), nameServers: new Set(['192.0.2.53']) };
    const links = [link('eth0', { addr_info: [inet('192.0.2.5')] })];
    const nameServers = ['192.0.2.53', '198.51.100.53'];
    expect(argumentsOf({ links, leases, nameServers })).toEqual([
      'ip=eth0:dhcp',
      'nameserver=198.51.100.53',
    ]);
  });

  test('with an MTU of its own', () => {
    const links = [
      link('eth0', { mtu: 9000, addr_info: [inet('192.0.2.5')] }),
      link('eth1', { mtu: 1400, addr_info: [inet('198.51.100.5', 24, byDhcp)] }),
    ];
    expect(argumentsOf({ links })).toEqual([
      'ip=192.0.2.5:::255.255.255.0::eth0:none:9000',
      'ip=eth1:dhcp:1400',
    ]);
  });

  test('not of an interface that is down, or of the loopback interface', () => {
    const links = [
      link('lo', { flags: ['LOOPBACK', 'UP'], addr_info: [inet('192.0.2.1', 32)] }),
      link('eth0', { flags: ['BROADCAST'], addr_info: [inet('192.0.2.5')] }),
    ];
    expect(networkArguments(stateOf({ links }))).toEqual({ arguments: [], notes: [] });
  });
});

describe('routes', () => {
  const eth0 = link('eth0', { addr_info: [inet('198.51.100.5'), inet('192.0.2.5')] });
  const own = [
    'ip=198.51.100.5:::255.255.255.0::eth0:none',
    'ip=192.0.2.5:::255.255.255.0::eth0:none',
  ];

  test('the default route belongs to the address of its network', () => {
    const routes = [{ dst: 'default', gateway: '192.0.2.1', dev: 'eth0', protocol: 'static' }];
    expect(argumentsOf({ links: [eth0], routes })).toEqual([
      own[0],
      'ip=192.0.2.5::192.0.2.1:255.255.255.0::eth0:none',
    ]);
  });

  test('a second default route is a route', () => {
    const routes = [
      { dst: 'default', gateway: '192.0.2.1', dev: 'eth0', metric: 200 },
      { dst: 'default', gateway: '198.51.100.1', dev: 'eth0', metric: 100 },
    ];
    expect(argumentsOf({ links: [eth0], routes })).toEqual([
      'ip=198.51.100.5::198.51.100.1:255.255.255.0::eth0:none',
      own[1],
      'rd.route=0.0.0.0/0:192.0.2.1:eth0',
    ]);
  });

  test.each<[string, object, string[]]>([
    [
      'a network',
      { dst: '10.0.0.0/8', gateway: '192.0.2.9' },
      ['rd.route=10.0.0.0/8:192.0.2.9:eth0'],
    ],
    ['a host', { dst: '10.0.0.7', gateway: '192.0.2.9' }, ['rd.route=10.0.0.7/32:192.0.2.9:eth0']],
    ['no gateway', { dst: '10.0.0.0/8', scope: 'link' }, ['rd.route=10.0.0.0/8::eth0']],
    [
      'IPv6',
      { dst: '2001:db8:5::/48', gateway: 'fe80::1' },
      ['rd.route=[2001:db8:5::/48]:[fe80::1]:eth0'],
    ],
    ['of the address', { dst: '192.0.2.0/24', protocol: 'kernel' }, []],
    ['of DHCP', { dst: 'default', gateway: '192.0.2.9', protocol: 'dhcp' }, []],
    ['of a router', { dst: 'default', gateway: 'fe80::1', protocol: 'ra' }, []],
    ['over another interface', { dst: '10.0.0.0/8', dev: 'docker0' }, []],
  ])('%s', (_, route, wanted) => {
    const routes = [{ dev: 'eth0', ...route }];
    expect(argumentsOf({ links: [eth0], routes })).toEqual([...own, ...wanted]);
  });

  test('the default route of an unknown DHCP client is not fixed', () => {
    const links = [link('eth0', { addr_info: [inet('192.0.2.5', 24, byDhcp)] })];
    const routes = [{ dst: 'default', gateway: '192.0.2.1', dev: 'eth0', protocol: 'boot' }];
    expect(argumentsOf({ links, routes, leases: undefined })).toEqual(['ip=eth0:dhcp']);
    // systemd-networkd marks its own: this one was set by hand.
    expect(argumentsOf({ links, routes })).toEqual([
      'ip=eth0:dhcp',
      'rd.route=0.0.0.0/0:192.0.2.1:eth0',
    ]);
  });
});

describe('name servers', () => {
  const fixed = link('eth0', { addr_info: [inet('192.0.2.5')] });
  const dynamic = link('eth1', {
    addr_info: [inet('198.51.100.5', 24, byDhcp), inet('2001:db8::5', 64, byDhcp)],
  });
  const nameServers = ['192.0.2.53', '2001:db8::53'];

  test.each<[string, object[], NetworkState['leases'], string[]]>([
    ['without DHCP all of them', [fixed], undefined, nameServers],
    ['with an unknown DHCP client none', [fixed, dynamic], undefined, []],
    [
      'with systemd-networkd those that are in no lease',
      [fixed, dynamic],
      { addresses: new Set(), nameServers: new Set(['198.51.100.53']) },
      ['192.0.2.53'],
    ],
  ])('%s', (_, links, leases, wanted) => {
    const found = argumentsOf({ links, leases, nameServers });
    expect(found.filter((word) => word.startsWith('nameserver='))).toEqual(
      wanted.map((server) => `nameserver=${server}`),
    );
  });
});

const vlan = (ifname: string, parent: string, id: number, rest: object = {}, data: object = {}) =>
  link(ifname, {
    link: parent,
    linkinfo: { info_kind: 'vlan', info_data: { protocol: '802.1Q', id, ...data } },
    ...rest,
  });
const master = (ifname: string, info_kind: string, info_data: object, rest: object = {}) =>
  link(ifname, { linkinfo: { info_kind, info_data }, ...rest });

describe('VLANs, bonds and bridges', () => {
  test('a VLAN over a bond over two cards', () => {
    const links = [
      link('eth0', { master: 'bond0' }),
      link('eth1', { master: 'bond0' }),
      vlan('bond0.5', 'bond0', 5, { addr_info: [inet('192.0.2.5')] }),
      master('bond0', 'bond', { mode: '802.3ad', miimon: 100, ad_lacp_rate: 'fast', updelay: 0 }),
    ];
    expect(argumentsOf({ links })).toEqual([
      'bond=bond0:eth0,eth1:mode=802.3ad,miimon=100,lacp_rate=fast',
      'vlan=bond0.5:bond0',
      'ip=192.0.2.5:::255.255.255.0::bond0.5:none',
    ]);
  });

  test('a bond with several targets and an MTU, which its ports get from it', () => {
    const links = [
      link('eth0', { master: 'bond0', mtu: 9000 }),
      master(
        'bond0',
        'bond',
        {
          ...{ mode: 'active-backup', arp_interval: 100, arp_missed_max: 3, arp_validate: null },
          arp_ip_target: ['192.0.2.1', '192.0.2.2'],
        },
        { mtu: 9000, addr_info: [inet('192.0.2.5')] },
      ),
    ];
    expect(networkArguments(stateOf({ links }))).toEqual({
      arguments: [
        'bond=bond0:eth0:mode=active-backup,arp_interval=100,arp_missed_max=3,arp_ip_target=192.0.2.1;192.0.2.2:9000',
        'ip=192.0.2.5:::255.255.255.0::bond0:none:9000',
      ],
      notes: [],
    });
    const withVlan = [
      ...links.slice(0, 1),
      master('bond0', 'bond', {}, { mtu: 9000 }),
      vlan('bond0.5', 'bond0', 5, { addr_info: [inet('192.0.2.5')] }),
    ];
    expect(networkArguments(stateOf({ links: withVlan }))).toMatchObject({
      arguments: [
        'bond=bond0:eth0:mode=balance-rr:9000',
        'vlan=bond0.5:bond0',
        'ip=192.0.2.5:::255.255.255.0::bond0.5:none',
      ],
      notes: [],
    });
  });

  test('a bridge with a card; ports that are no cards are left out', () => {
    const links = [
      link('eth0', { master: 'br0' }),
      link('veth7', { master: 'br0', linkinfo: { info_kind: 'veth' } }),
      master('br0', 'bridge', { stp_state: 0 }, { addr_info: [inet('192.0.2.5', 24, byDhcp)] }),
    ];
    expect(argumentsOf({ links })).toEqual(['bridge=br0:eth0', 'ip=br0:dhcp']);
  });

  test('what belongs to containers is left out, with a note', () => {
    const links = [
      link('eth0', { addr_info: [inet('192.0.2.5')] }),
      master('docker0', 'bridge', {}, { addr_info: [inet('172.17.0.1', 16)] }),
      link('veth7', { master: 'docker0', linkinfo: { info_kind: 'veth' } }),
    ];
    expect(networkArguments(stateOf({ links }))).toEqual({
      arguments: ['ip=192.0.2.5:::255.255.255.0::eth0:none'],
      notes: ['The interface docker0 is not copied: no network card is part of it.'],
    });
  });

  test('a card below a VLAN with an MTU of its own: a note', () => {
    const links = [
      link('eth0', { mtu: 9000 }),
      vlan('eth0.5', 'eth0', 5, { addr_info: [inet('192.0.2.5')] }),
    ];
    expect(networkArguments(stateOf({ links })).notes).toEqual([
      'The MTU of eth0, 9000 bytes, is not copied: only an interface with an address has one.',
    ]);
  });

  test('interfaces that are each below the other end the search', () => {
    const links = [
      vlan('vlan5', 'vlan6', 5, { addr_info: [inet('192.0.2.5')] }),
      vlan('vlan6', 'vlan5', 6),
    ];
    expect(argumentsOf({ links })).toEqual([]);
  });
});

describe('what no argument expresses is refused by its name', () => {
  const addr_info = [inet('192.0.2.5')];
  const eth0 = link('eth0', { addr_info });
  const route = (rest: object) => ({
    links: [eth0],
    routes: [{ dst: '10.0.0.0/8', dev: 'eth0', ...rest }],
  });
  test.each<[string, Given, RegExp]>([
    [
      'a tunnel',
      { links: [eth0, link('wg0', { addr_info, linkinfo: { info_kind: 'wireguard' } })] },
      /the interface wg0 \(wireguard\)/,
    ],
    [
      'a team',
      { links: [link('eth0', { master: 'team0' }), master('team0', 'team', {}, { addr_info })] },
      /the interface team0 \(team\)/,
    ],
    [
      'a VRF',
      { links: [link('eth0', { addr_info, master: 'red' }), master('red', 'vrf', {})] },
      /the interface red \(vrf\) over eth0/,
    ],
    [
      'a VLAN whose name does not tell its number',
      { links: [link('eth0'), vlan('office', 'eth0', 5, { addr_info })] },
      /the VLAN office with the number 5: .* Run: ip link set office down; ip link set office name vlan5;/,
    ],
    [
      'a VLAN whose name tells another number',
      { links: [link('eth0'), vlan('eth0.6', 'eth0', 5, { addr_info })] },
      /the VLAN eth0\.6 with the number 5/,
    ],
    [
      'a VLAN of a provider',
      { links: [link('eth0'), vlan('eth0.5', 'eth0', 5, { addr_info }, { protocol: '802.1ad' })] },
      /the protocol 802\.1ad of the VLAN eth0\.5/,
    ],
    [
      'priorities of a VLAN',
      { links: [link('eth0'), vlan('eth0.5', 'eth0', 5, { addr_info }, { egress_qos: [{}] })] },
      /the priorities of the VLAN eth0\.5/,
    ],
    [
      'an option of a bond',
      {
        links: [
          link('eth0', { master: 'bond0' }),
          master('bond0', 'bond', { ad_actor_system: '02:00:00:00:00:01' }, { addr_info }),
        ],
      },
      /the option ad_actor_system of the bond bond0/,
    ],
    [
      'a peer',
      { links: [link('eth0', { addr_info: [inet('192.0.2.5', 32, { address: '192.0.2.6' })] })] },
      /the peer 192\.0\.2\.6 of the address 192\.0\.2\.5 on eth0/,
    ],
    [
      'a name',
      { links: [link('a"b', { addr_info })], cards: ['a"b'] },
      /the interface name "a\\"b"/,
    ],
    [
      'a rule',
      { links: [eth0], rules: [{ priority: 9, src: '192.0.2.5', table: '5' }] },
      /priority 9/,
    ],
    [
      'a rule for a table',
      { links: [eth0], rules: [{ priority: 9, src: 'all', table: '5' }] },
      /priority 9/,
    ],
    [
      'a rule with a condition',
      { links: [eth0], rules: [{ priority: 9, src: '192.0.2.5', table: 'main' }] },
      /priority 9: .*|priority 9\. Run: ip rule del priority 9\./,
    ],
    [
      'several gateways',
      route({ nexthops: [{}, {}], dev: undefined }),
      /the route over several gateways to 10\./,
    ],
    [
      'a blackhole',
      route({ type: 'blackhole', dev: undefined }),
      /the blackhole route to 10\.0\.0\.0\/8/,
    ],
    [
      'a gateway of IPv6',
      route({ via: { family: 'inet6', host: 'fe80::1' } }),
      /other address family/,
    ],
  ])('%s', (_, given, wanted) => {
    const refused = () => networkArguments(stateOf(given));
    expect(refused).toThrow(ParameterError);
    expect(refused).toThrow(wanted);
  });
});

/** A network of cards, of VLANs over them, and of bonds, without what has no equivalent. */
const address4 = fc
  .tuple(
    fc.ipV4().filter((text) => !text.startsWith('0.')),
    fc.integer({ min: 1, max: 32 }),
  )
  .map(([local, prefixlen]) => ({ local, prefixlen, family: 'inet' }));
const address6 = fc
  .tuple(fc.integer({ min: 1, max: 0xffff }), fc.integer({ min: 1, max: 128 }))
  .map(([end, prefixlen]) => ({
    local: `2001:db8::${end.toString(16)}`,
    prefixlen,
    family: 'inet6',
  }));
const addresses = fc.uniqueArray(fc.oneof(address4, address6), {
  selector: ({ local }) => local,
  maxLength: 4,
});
const network = fc.record({
  cards: fc.uniqueArray(fc.constantFrom('eth0', 'eno1', 'enp3s0f1np1', 'ens192'), {
    minLength: 1,
    maxLength: 4,
  }),
  bonded: fc.integer({ min: 0, max: 4 }),
  vlanId: fc.option(fc.integer({ min: 1, max: 4094 }), { nil: undefined }),
  mtu: fc.constantFrom(1500, 9000),
  fixed: addresses,
  dynamic4: fc.boolean(),
  gatewayEnd: fc.integer({ min: 1, max: 254 }),
  routes: fc.array(address4, { maxLength: 3 }),
  nameServers: fc.uniqueArray(fc.oneof(fc.ipV4(), fc.constant('2001:db8::53')), { maxLength: 3 }),
});

test('whatever the network, its arguments mean the same, read as the kernel and dracut read them', () => {
  fc.assert(
    fc.property(network, (given) => {
      const { cards, vlanId, mtu, fixed, dynamic4, gatewayEnd } = given;
      const ports = cards.slice(0, given.bonded);
      const below = ports.length > 0 ? 'bond0' : (cards[0] ?? '');
      const top = vlanId === undefined ? below : `${below}.${vlanId}`;
      const addr_info = [
        ...(dynamic4 ? [inet('203.0.113.5', 24, byDhcp)] : []),
        ...fixed.map((one) => ({ ...one, scope: 'global' })),
      ];
      fc.pre(addr_info.length > 0);
      const own = (name: string) => (name === top ? { addr_info, mtu } : {});
      const links = [
        ...(vlanId === undefined ? [] : [vlan(top, below, vlanId, own(top))]),
        ...(ports.length === 0
          ? []
          : [master('bond0', 'bond', { mode: 'balance-tlb' }, own('bond0'))]),
        ...cards.map((name) =>
          link(name, { ...own(name), ...(ports.includes(name) && { master: 'bond0' }) }),
        ),
      ];
      const gateway = `203.0.113.${gatewayEnd}`;
      const hasFixed4 = fixed.some(({ family }) => family === 'inet');
      const routes = [
        ...(hasFixed4 ? [{ dst: 'default', gateway, dev: top, protocol: 'static' }] : []),
        ...given.routes.map(({ local, prefixlen }) => ({
          dst: `${local}/${prefixlen}`,
          gateway,
          dev: top,
        })),
      ];
      const { nameServers } = given;
      const text = argumentsOf({ links, routes, cards, nameServers }).join(' ');

      const words = parseKernelArguments(text);
      expect(words.every(isNetworkArgument)).toBe(true);
      // Nothing in it is special: the kernel gets each word as it is.
      expect(words.map(({ name, value }) => `${name}=${value}`).join(' ')).toBe(text);
      const values = (wanted: string) =>
        words.filter(({ name }) => name === wanted).map(({ value }) => value ?? '');
      expect(values('bond')).toEqual(
        ports.length === 0
          ? []
          : [
              `bond0:${ports.join(',')}:mode=balance-tlb${top === 'bond0' && mtu !== 1500 ? ':9000' : ''}`,
            ],
      );
      expect(values('vlan')).toEqual(vlanId === undefined ? [] : [`${top}:${below}`]);
      expect(new Set(values('nameserver'))).toEqual(new Set(nameServers));
      expect(values('rd.route').map((value) => parts(value))).toEqual(
        given.routes.map(({ local, prefixlen }) => [`${local}/${prefixlen}`, gateway, top]),
      );
      const ips = values('ip').map((value) => parts(value));
      const lines = ips.filter((fields) => fields.length > 3);
      expect(
        lines.map(([local, , , mask = '', , name, how, size]) => {
          expect([name, how, size]).toEqual([top, 'none', mtu === 1500 ? undefined : '9000']);
          return [local, mask.includes('.') ? prefixOf(mask) : Number(mask)];
        }),
      ).toEqual(fixed.map(({ local, prefixlen }) => [local, prefixlen]));
      const gateways = lines.map(([, , router]) => router).filter((router) => router !== '');
      expect(gateways).toEqual(hasFixed4 ? [gateway] : []);
      const dhcp = ips.filter((fields) => fields.length <= 3);
      const isNear = fixed.some(
        ({ local, prefixlen }) => !local.includes(':') && isInNetwork(gateway, local, prefixlen),
      );
      // All routes have this gateway.
      const asks = dynamic4 && !(hasFixed4 && (routes.length === 0 || isNear));
      expect(dhcp.map((fields) => fields.slice(0, 2))).toEqual(asks ? [[top, 'dhcp']] : []);
      // It comes last, or NetworkManager takes the fixed addresses alone.
      expect(ips.indexOf(dhcp[0] ?? [])).toBe(asks ? ips.length - 1 : -1);
    }),
    { numRuns: 300 },
  );
});

/** Fields between colons; brackets around one protect its own (dracut.cmdline(7)). */
const parts = (value: string): string[] =>
  [...value.matchAll(/(?:\[([^\]]*)\]|([^:]*))(?::|$)/g)]
    .map(([, inner, plain = '']) => inner ?? plain)
    .slice(0, -1);

const prefixOf = (mask: string) =>
  mask
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('')
    .replace(/0+$/, '').length;

test('of a version of ip that prints nothing where there is nothing', () => {
  expect(parseRoutes('')).toEqual([]);
  expect(parseRoutes('[ ]\n')).toEqual([]);
});
