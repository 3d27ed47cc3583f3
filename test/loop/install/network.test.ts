import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Fixture, fixture, ignitionConfig } from '../../support/fixture.ts';
import { bootFileSystem, hasAnyTable } from '../../support/installed-disk.ts';
import { type InstallerRun, runInstaller } from '../../support/installer.ts';
import { canMake, inOwnNetwork } from '../../support/own-network.ts';
import { smallFixture } from '../../support/small-fixture.ts';

const keyfile = '[connection]\nid=office\ntype=ethernet\n\n[ipv4]\nmethod=auto\n';
const secret = 'correct horse battery staple';
const wireless = `[connection]\nid=w\ntype=wifi\n\n[wifi-security]\npsk=${secret}\n`;

/** Makes a directory in /tmp, with files of /tmp in it, before the program starts. */
const making = (commands: string): string[] => ['sh', '-euc', `${commands}\nexec "$@"`, 'sh'];

const keyfiles: Pick<InstallerRun, 'tmpFiles' | 'wrapper'> = {
  tmpFiles: { office: keyfile, wireless, notes: 'call me\n' },
  wrapper: making(`
    mkdir /tmp/network
    install -m 600 -o 65534 /tmp/office /tmp/network/office.nmconnection
    install -m 640 /tmp/wireless /tmp/network/wireless.nmconnection
    install -m 600 /tmp/notes /tmp/network/notes
    ln -s office.nmconnection /tmp/network/link.nmconnection`),
};

async function expectKeyfiles(it: Fixture): Promise<void> {
  const boot = await bootFileSystem(it.disk.path);
  const directory = 'coreos-firstboot-network';
  expect(await boot.mode(directory)).toBe('0700');
  const found = Object.fromEntries(
    await Promise.all(
      (await boot.names(directory)).map(async (name) => {
        const path = `${directory}/${name}`;
        const text = (await boot.read(path)).toString();
        return [name, [await boot.mode(path), await boot.owner(path), text]] as const;
      }),
    ),
  );
  expect(found).toEqual({
    notes: ['0600', '0:0', 'call me\n'],
    'office.nmconnection': ['0600', '0:0', keyfile],
    'wireless.nmconnection': ['0640', '0:0', wireless],
  });
  expect(await boot.clean()).toBe(true);
}

describe.concurrent('keyfiles', () => {
  test('of a directory arrive as they are, owned by root; what will be ignored is said before', async () => {
    await using it = await smallFixture();
    const args = [...it.args, '--network-dir', '/tmp/network', '--verify'];
    const result = await runInstaller({ ...keyfiles, args, cmdline: 'ip=eth0:dhcp' });
    expect(result.exitCode, result.stderr).toBe(0);
    await expectKeyfiles(it);
    const plan = result.stdout.slice(0, result.stdout.indexOf('Writing the image'));
    expect(plan).toMatch(
      /^Network: +3 keyfiles of \/tmp\/network\n +notes, office\.nmc.*, wireless/m,
    );
    expect(plan).toMatch(/^First boot: +rd\.neednet=1 ip=eth0:dhcp$/m);
    const warnings = result.stderr.split('\n').filter((line) => line.includes('/tmp/network/'));
    expect(warnings).toEqual([
      'Warning: /tmp/network/link.nmconnection is not copied: it is not a regular file.',
      expect.stringMatching(/^Warning: \/tmp\/network\/notes is not a keyfile of NetworkManager/),
      'Warning: Users other than root can access /tmp/network/wireless.nmconnection, which contains a ' +
        'secret (mode 0640): NetworkManager will ignore it. Run: chmod 600 /tmp/network/wireless.nmconnection',
    ]);
    expect(result.stdout + result.stderr).not.toContain(secret);
    expect(result.tmpFiles['network_dir']).toBe('/tmp/network\n');
  });

  test('by a kernel argument', async () => {
    await using it = await smallFixture();
    const cmdline = 'coreos.inst.network_dir=/tmp/network';
    const known = ['--log-file', '/tmp/network/../log'];
    const result = await runInstaller({ ...keyfiles, args: [...it.args, ...known], cmdline });
    expect(result.exitCode, result.stderr).toBe(0);
    await expectKeyfiles(it);
    expect(result.stdout).toMatch(
      /keyfiles: +\/tmp\/network \(from the kernel argument coreos\.inst\.net/,
    );
  });

  test('with the options of today, and a config file of the installer', async () => {
    await using it = await smallFixture();
    const yaml = `network-dir: /tmp/network\ncopy-network: true\nimage-url: ${it.imageUrl}\n`;
    const result = await runInstaller({
      wrapper: keyfiles.wrapper ?? [],
      tmpFiles: { ...keyfiles.tmpFiles, 'site.yaml': yaml, 'config.ign': ignitionConfig },
      args: [
        'install',
        '-c',
        '/tmp/site.yaml',
        '-i',
        '/tmp/config.ign',
        '--insecure',
        it.disk.path,
        '--log-file',
        '/tmp/network/../log',
      ],
    });
    expect(result.exitCode, result.stderr).toBe(0);
    await expectKeyfiles(it);
  });

  test('of a directory that cannot be read: exit code 2, and nothing is written', async () => {
    await using it = await smallFixture();
    const result = await runInstaller({ args: [...it.args, '--network-dir', '/tmp/nowhere'] });
    expect(result).toMatchObject({ exitCode: 2, code: 'network-directory-unusable' });
    expect(result.stderr).toMatch(/Cannot copy the network keyfiles in \/tmp\/nowhere: ENOENT/);
    expect(result.diskState).toBe(`Nothing was written to ${it.disk.path}.`);
    expect(await hasAnyTable(it.disk.path)).toBe(false);
  });

  test('of this system, where NetworkManager has some', async () => {
    await using it = await smallFixture();
    const wrapper = making(`
      mkdir -p /tmp/network/NetworkManager/system-connections
      install -m 600 /tmp/office /tmp/network/NetworkManager/system-connections/office.nmconnection
      mount -t overlay -o lowerdir=/tmp/network:/etc overlay /etc`);
    const args = [...it.args, '--copy-network', '--log-file', '/tmp/network/../log'];
    const result = await runInstaller({ args, wrapper, tmpFiles: { office: keyfile } });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stdout).toMatch(
      /^Network: +1 keyfile of \/etc\/NetworkManager\/system-connections\n/m,
    );
    const boot = await bootFileSystem(it.disk.path);
    const path = 'coreos-firstboot-network/office.nmconnection';
    expect((await boot.read(path)).toString()).toBe(keyfile);
  });
});

/** From files: no server can be reached from there. */
async function inFiles(it: Fixture): Promise<Pick<InstallerRun, 'args' | 'tmpFiles'>> {
  return {
    args: ['-d', it.disk.path, '-i', '/tmp/config.ign', '-b', '/tmp/image'],
    tmpFiles: { 'config.ign': ignitionConfig, image: await readFile(it.servedPath) },
  };
}

const stampOf = async (it: Fixture) =>
  (await (await bootFileSystem(it.disk.path)).read('ignition.firstboot')).toString();

describe('the present network, without NetworkManager', () => {
  test('becomes kernel arguments of the first boot, which the plan shows', async () => {
    await using it = await smallFixture();
    const [vlan, bond] = [await canMake('vlan'), await canMake('bond')];
    const run = await inFiles(it);
    const network = inOwnNetwork(
      ['eth0', 'eth1', 'eth2', 'eth3'],
      `
ip address add 192.0.2.200/24 dev eth0
ip address add 2001:db8::200/64 dev eth0
ip route add default via 192.0.2.1
ip -6 route add default via fe80::1 dev eth0
ip route add 10.0.0.0/8 via 192.0.2.9
ip link add br0 type bridge
ip link set eth1 master br0
ip link set br0 up
ip address add 198.51.100.200/24 dev br0 valid_lft 3600 preferred_lft 3600
ip link add docker0 type bridge
ip link set docker0 up
ip address add 172.17.0.1/16 dev docker0
${vlan ? 'ip link add link eth2 name eth2.5 type vlan id 5; ip link set eth2.5 up; ip address add 203.0.113.5/24 dev eth2.5' : ''}
${bond ? 'ip link add bond0 type bond mode 802.3ad miimon 100; ip link set eth3 down; ip link set eth3 master bond0; ip link set bond0 up; ip address add 203.0.113.133/25 dev bond0' : ''}
echo nameserver 192.0.2.53 > /etc/resolv.conf
echo nameserver 2001:db8::53 >> /etc/resolv.conf
`,
    );
    const result = await runInstaller({
      args: run.args ?? [],
      wrapper: network.wrapper ?? [],
      tmpFiles: { ...run.tmpFiles, ...network.tmpFiles },
      cmdline: 'ip=dhcp rd.peerdns=0 BOOTIF=01-52-54-00-12-34-56 coreos.inst.copy_network',
    });
    expect(result.exitCode, result.stderr).toBe(0);
    const expected = [
      'rd.neednet=1 rd.peerdns=0',
      ...(bond ? ['bond=bond0:eth3:mode=802.3ad,miimon=100'] : []),
      'bridge=br0:eth1',
      ...(vlan ? ['vlan=eth2.5:eth2'] : []),
      'ip=192.0.2.200::192.0.2.1:255.255.255.0::eth0:none',
      'ip=[2001:db8::200]::[fe80::1]:64::eth0:none',
      'ip=br0:dhcp',
      ...(vlan ? ['ip=203.0.113.5:::255.255.255.0::eth2.5:none'] : []),
      ...(bond ? ['ip=203.0.113.133:::255.255.255.128::bond0:none'] : []),
      'rd.route=10.0.0.0/8:192.0.2.9:eth0',
    ];
    const words = (text: string) => text.split(' ').toSorted();
    const [, shown = ''] = /^First boot: +(.*)$/m.exec(result.stdout) ?? [];
    // A DHCP client that is not known may have written the file of the name servers.
    const wanted = `${expected.join(' ')} nameserver=2001:db8::53`;
    expect(words(shown)).toEqual(words(wanted));
    expect(result.stdout).toMatch(/^Network: +as this system is configured now/m);
    expect(result.stderr).toContain('The interface docker0 is not copied');
    const [, stamp = ''] = /^set ignition_network_kcmdline="(.*)"\n$/.exec(await stampOf(it)) ?? [];
    expect(stamp).toBe(shown);
    expect(result.tmpFiles['copy_network']).toBe('1\n');
  });

  test.each([
    ['ip address add 192.0.2.200/24 dev eth0', '', true],
    ['ip address add 192.0.2.200/24 dev eth0', 'ip=dhcp', false],
    ['ip address add 192.0.2.200/24 dev eth0 valid_lft 3600 preferred_lft 3600', '', false],
    ['ip rule add from 192.0.2.200 table 7', '', false],
  ])(
    'on an installer medium, after %s with the arguments "%s": a warning: %s',
    async (command, cmdline, warned) => {
      await using it = await smallFixture();
      const run = await inFiles(it);
      const medium = `
mkdir /tmp/etc
: > /tmp/etc/initrd-release
mount -t overlay -o lowerdir=/tmp/etc:/etc overlay /etc`;
      const network = inOwnNetwork(['eth0'], `${command}${medium}`);
      const result = await runInstaller({
        args: [...(run.args ?? []), '--dry-run', '--log-file', '/tmp/etc/../log'],
        wrapper: network.wrapper ?? [],
        tmpFiles: { ...run.tmpFiles, ...network.tmpFiles },
        cmdline,
      });
      expect(result.exitCode, result.stderr).toBe(0);
      expect(
        result.stderr.includes('To copy the network of this system, use --copy-network.'),
      ).toBe(warned);
    },
  );

  test('with what no argument expresses: exit code 2, and nothing is written', async () => {
    await using it = await smallFixture();
    const run = await inFiles(it);
    const network = inOwnNetwork(
      ['eth0'],
      'ip address add 192.0.2.200/24 dev eth0; ip rule add from 192.0.2.200 table 7 priority 77',
    );
    const result = await runInstaller({
      args: [...(run.args ?? []), '--copy-network'],
      wrapper: network.wrapper ?? [],
      tmpFiles: { ...run.tmpFiles, ...network.tmpFiles },
    });
    expect(result).toMatchObject({ exitCode: 2, code: 'network-not-copyable' });
    expect(result.stderr).toContain(
      'no kernel argument expresses the routing rule with priority 77. Run: ip rule del priority 77.',
    );
    expect(result.diskState).toBe(`Nothing was written to ${it.disk.path}.`);
    expect(await hasAnyTable(it.disk.path)).toBe(false);
  });
});

test('a system without ip is told which package has it', async () => {
  await using it = await fixture();
  const hidden = ['/usr/sbin/ip', '/usr/bin/ip', '/sbin/ip', '/bin/ip'];
  const result = await runInstaller({
    args: [...it.args, '--copy-network', '--dry-run'],
    wrapper: [
      ...['sh', '-euc'],
      `[ ! -d /etc/NetworkManager ] || mount -t tmpfs tmpfs /etc/NetworkManager
       for tool in ${hidden.join(' ')}; do [ ! -e $tool ] || mount --bind /dev/null $tool; done
       exec "$@"`,
      'sh',
    ],
  });
  expect(result.exitCode).toBe(5);
  expect(result.stderr).toContain('Install the package iproute2 (Debian) or iproute (Fedora).');
});
