import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import type { ParameterOptions, Parameters } from '../../../src/parameters/parameters.ts';
import { resolveParameters } from '../../../src/parameters/resolve.ts';
import {
  planFirstBootNetwork,
  planKeyfiles,
  presentNetwork,
} from '../../../src/plan/first-boot-network.ts';
import { parseLinks, parseRoutes } from '../../../src/system/network/ip-output.ts';
import type { NetworkState } from '../../../src/system/network/network-state.ts';

function parametersWith(
  kernel: string,
  options: ParameterOptions = {},
  files: { networkingOptions?: string } = {},
): Parameters {
  return resolveParameters({
    options: { device: 'vda', imageUrl: 'http://x/y', ...options },
    files: { directory: '/tmp', ...files },
    kernel: parseKernelArguments(kernel),
  });
}

const signal = new AbortController().signal;
const origin = { kind: 'option', name: '--copy-network' } as const;
const state = (addresses: number): NetworkState => ({
  links: parseLinks(
    JSON.stringify([
      {
        ...{ ifindex: 2, ifname: 'eth0', flags: ['UP'], mtu: 1500 },
        addr_info: Array.from({ length: addresses }, (_, at) => ({
          ...{ family: 'inet', local: `192.0.2.${at + 1}`, prefixlen: 24, scope: 'global' },
        })),
      },
    ]),
  ),
  routes: [],
  rules: [],
  cards: new Set(['eth0']),
  nameServers: ['192.0.2.53'],
  leases: undefined,
});

test('the present network replaces what this system was booted with, and keeps the rest', () => {
  const booted =
    'ip=dhcp vlan=vlan5:eth0 bond=bond0 rd.route=10.0.0.0/8:192.0.2.1 bootdev=eth0 ' +
    'BOOTIF=01-52-54-00-12-34-56 net.ifnames=0 ifname=eth0:52:54:00:12:34:56 rd.peerdns=0 ' +
    // The first one was corrected by hand; of the other family there is none now.
    'nameserver=192.0.2.35 nameserver=[2001:db8::53]';
  expect(presentNetwork(parametersWith(booted), state(1), origin)).toEqual({
    arguments: [
      'rd.neednet=1',
      'net.ifnames=0',
      'ifname=eth0:52:54:00:12:34:56',
      'rd.peerdns=0',
      'nameserver=[2001:db8::53]',
      'ip=192.0.2.1:::255.255.255.0::eth0:none',
      'nameserver=192.0.2.53',
    ],
    isPresent: true,
    keyfiles: undefined,
    warnings: [],
  });
});

test('a bond keeps the options that it was given, which the installer medium ignores', () => {
  const directory = join(import.meta.dirname, '../system/network/bond-and-vlan');
  const output = (name: string) => readFileSync(join(directory, name), 'utf8');
  // Of the installer medium, as it was booted with these.
  const booted = [
    'bond=bond0:eth0:mode=active-backup,miimon=100',
    'vlan=bond0.5:bond0',
    'ip=192.0.2.200::192.0.2.2:255.255.255.0::bond0:none',
    'ip=198.51.100.5:::255.255.255.0::bond0.5:none',
    'rd.route=203.0.113.0/24:198.51.100.1:bond0.5',
    'nameserver=192.0.2.3',
  ];
  const present: NetworkState = {
    links: parseLinks(output('address.json')),
    routes: parseRoutes(output('route.json')),
    rules: [],
    cards: new Set(['eth0']),
    nameServers: ['192.0.2.3'],
    leases: undefined,
  };
  const copied = (words: string[]) =>
    presentNetwork(parametersWith(words.join(' ')), present, origin).arguments.toSorted();
  expect(copied(booted)).toEqual(['rd.neednet=1', ...booted].toSorted());
  const [, ...others] = booted;
  const byHand = ['bond=bond0:eth0:mode=balance-rr', ...others];
  expect(copied(others)).toEqual(['rd.neednet=1', ...byHand].toSorted());
  expect(copied(['bond=bond01:eth0:mode=802.3ad', ...others])).toEqual(
    ['rd.neednet=1', ...byHand].toSorted(),
  );
});

test('without any address there is nothing to copy: what was given remains', () => {
  expect(presentNetwork(parametersWith('ip=dhcp'), state(0), origin)).toEqual({
    arguments: ['rd.neednet=1', 'ip=dhcp'],
    isPresent: false,
    keyfiles: undefined,
    warnings: ['No network card of this system has an address: there is no network to copy.'],
  });
});

test('more than a kernel command line can hold is refused, and little room is told', () => {
  const given = parametersWith('');
  expect(() => presentNetwork(given, state(60), origin)).toThrow(
    /^Cannot pass the kernel arguments from --copy-network to the first boot: .* longer than 2047/,
  );
  expect(presentNetwork(given, state(40), origin).warnings).toEqual([
    expect.stringContaining('The first boot gets 40 arguments for eth0.'),
    expect.stringMatching(/^The first boot’s kernel arguments leave \d+ bytes/),
  ]);
  const appendKarg = { value: `x=${'y'.repeat(1000)}`, origin };
  expect(() => presentNetwork({ ...given, appendKarg }, state(40), origin)).toThrow(
    /would be longer than 2047/,
  );
});

test('without the parameter nothing is copied', async () => {
  const given = parametersWith('ip=dhcp');
  expect(await planKeyfiles(given)).toBeUndefined();
  expect(await planFirstBootNetwork(given, undefined, signal)).toEqual({
    arguments: ['rd.neednet=1', 'ip=dhcp'],
    isPresent: false,
    keyfiles: undefined,
    warnings: [],
  });
});

test('arguments that a person gave override the present network', async () => {
  const given = parametersWith(
    'coreos.inst.copy_network',
    {},
    { networkingOptions: 'ip=192.0.2.9:::255.255.255.0::eth0:none' },
  );
  expect(await planFirstBootNetwork(given, undefined, signal)).toEqual({
    arguments: ['rd.neednet=1', 'ip=192.0.2.9:::255.255.255.0::eth0:none'],
    isPresent: false,
    keyfiles: undefined,
    warnings: ['/tmp/networking_opts overrides the kernel argument coreos.inst.copy_network.'],
  });
});

test('keyfiles: those of a directory, else of this system, else none', async () => {
  const [own, other] = [await directoryWith('own'), await directoryWith('other')];
  try {
    const copying = parametersWith('', { copyNetwork: true });
    const named = (directory: string) => ({ directory, files: [{ name: expect.any(String) }] });
    expect(await planKeyfiles(copying, own)).toMatchObject(named(own));
    expect(await planKeyfiles(copying, '/nowhere')).toBeUndefined();
    // NetworkManager is there, and has its connections from elsewhere.
    const empty = await mkdtemp(join(tmpdir(), 'keyfiles-'));
    expect(await planKeyfiles(copying, empty)).toBeUndefined();
    await rm(empty, { recursive: true });
    expect(await planKeyfiles(parametersWith('', { networkDir: other }), own)).toMatchObject(
      named(other),
    );
    const both = parametersWith('ip=dhcp', { copyNetwork: true, networkDir: other });
    const keyfiles = await planKeyfiles(both, own);
    expect(keyfiles).toMatchObject(named(other));
    // Older images know no keyfiles, and use the arguments.
    expect(await planFirstBootNetwork(both, keyfiles, signal)).toEqual({
      arguments: ['rd.neednet=1', 'ip=dhcp'],
      isPresent: false,
      keyfiles,
      warnings: keyfiles?.warnings,
    });
  } finally {
    for (const directory of [own, other]) await rm(directory, { recursive: true });
  }
});

async function directoryWith(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'first-boot-network-'));
  await writeFile(join(directory, name), '[connection]\n');
  return directory;
}

test('keyfiles of the medium are copied, and not the arguments that say the same', async () => {
  const keyfiles = await directoryWith('own');
  const medium = { keyfiles, arguments: join(keyfiles, 'arguments') };
  const booted = 'ip=192.0.2.5:::255.255.255.0::eth0:none ifname=eth0:52:54:00:12:34:56';
  const nothing = '/nowhere';
  try {
    // ip= at the boot has replaced them.
    const unused = { ...medium, arguments: nothing };
    expect(await planKeyfiles(parametersWith(booted), nothing, unused)).toBeUndefined();

    await writeFile(medium.arguments, `${booted.replaceAll(' ', '\n')}\n`);
    const found = await planKeyfiles(parametersWith(booted), nothing, medium);
    expect(found?.files.map(({ name }) => name)).toContain(
      (await readdir(keyfiles)).find((name) => name !== 'arguments'),
    );
    const plan = async (kernel: string) =>
      (await planFirstBootNetwork(parametersWith(kernel), found, signal, medium)).arguments;
    expect(await plan(booted)).toEqual([]);
    expect(await plan(`${booted} net.ifnames=0`)).toEqual(['rd.neednet=1', 'net.ifnames=0']);

    // Other keyfiles replace them, too.
    const others = { directory: '/other', files: [], warnings: [] };
    const network = await planFirstBootNetwork(parametersWith(booted), others, signal, medium);
    expect(network.arguments).toEqual([]);

    // What was asked for otherwise comes first.
    const copying = parametersWith(booted, { copyNetwork: true });
    expect(await planKeyfiles(copying, nothing, medium)).toBeUndefined();
    const byFile = parametersWith(booted, {}, { networkingOptions: 'ip=dhcp' });
    expect(await planKeyfiles(byFile, nothing, medium)).toBeUndefined();
  } finally {
    await rm(keyfiles, { recursive: true });
  }
});
