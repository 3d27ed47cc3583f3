import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { networkArgumentsPath } from '../../../src/media/live-files.ts';
import { networkOfMedium } from '../../../src/plan/first-boot-network.ts';

const sources = join(import.meta.dirname, '../../../dracut/30coreos-installer');

let directory: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyfiles-'));
  const [network, booted] = [join(directory, 'network.conf'), join(directory, 'cmdline')];
  const [settings, generator] = [join(directory, 'settings'), join(directory, 'generator')];
  env = { ...process.env, network, booted, settings, generator };
  write('cmdline', 'quiet console=ttyS0\n');
});
afterEach(() => rmSync(directory, { recursive: true }));
const write = (name: string, text: string) => writeFileSync(join(directory, name), text);

const script = `. '${sources}/lib.sh'; has_keyfiles && echo used; read_kernel_arguments; echo "$addressed"`;
const asked = () =>
  ['dash', 'bash'].map((shell) => execFileSync(shell, ['-uc', script], { env }).toString());

test.each<[string | undefined, string, string]>([
  [undefined, 'quiet', '\n'],
  ['', 'quiet', 'used\n\n'],
  ['ip=eth0:dhcp\n', 'quiet nameserver=192.0.2.53', 'used\nyes\n'],
  ['ip=eth0:dhcp\n', 'quiet ip=eth1:dhcp', 'yes\n'],
  ['ip=eth0:dhcp\n', 'ip=eth1:dhcp', 'yes\n'],
  ['ip=eth0:dhcp\n', 'quiet "ip=eth1:dhcp"', 'yes\n'],
  // One for every card: those without one of their own are configured as without any.
  ['ip=eth0:dhcp ip=dhcp\n', 'quiet', 'used\n\n'],
  // That of keyfiles which are not used does not count.
  ['ip=dhcp\n', 'quiet ip=eth1:dhcp', 'yes\n'],
  // Those in a value are for the installed system.
  ['ip=eth0:dhcp\n', 'coreos.inst.append_karg="nosmt ip=eth1:dhcp"', 'used\nyes\n'],
  ['ip=eth0:dhcp\n', '"coreos.inst.append_karg=nosmt ip=eth1:dhcp a" b', 'used\nyes\n'],
  [undefined, 'a="b c" d="e ip=eth1:dhcp  f" quiet', '\n'],
  ['ip=eth0:dhcp\n', 'a="b c" ip=eth1:dhcp d="e f"', 'yes\n'],
  ['vlan=eth0.5:eth0\n', 'quiet zip=1 coreos.inst.image_url=http://h/?ip=1', 'used\n\n'],
])('arguments of keyfiles %j with %j', (words, booted, answer) => {
  if (words !== undefined) write('network.conf', words);
  write('cmdline', `${booted}\n`);
  expect(asked()).toEqual([answer, answer]);
});

test('the scripts, the customization and the installer mean the same files', () => {
  const read = (name: string) => readFileSync(join(sources, name), 'utf8');
  expect(read('lib.sh')).toContain(`:-/${networkArgumentsPath}}`);
  expect(read('cmdline-hook.sh')).toContain(` > ${networkOfMedium.arguments}\n`);
});

/** Puts a script in the place of systemd's, which makes files of these names, or with these texts. */
function generateWith(...files: (string | readonly [string, string])[]): Record<string, string> {
  const all = files.map((file) => (typeof file === 'string' ? ([file, ''] as const) : file));
  const make = all.map(([name, text]) => `printf '${text}' > "$settings/${name}"`).join('\n');
  write(
    'generator',
    `#!/bin/sh\nmkdir -p "$settings"\n${make}\nprintf '%s\\n' "$@" > "$settings/given"\n`,
  );
  chmodSync(join(directory, 'generator'), 0o755);
  execFileSync('sh', [join(sources, 'network-generator')], { env, cwd: sources });
  const made = readdirSync(join(directory, 'settings'), { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    made
      .filter((path) => /\.(conf|link)$/.test(path) || path === 'given')
      .filter((path) => !all.some(([name]) => name === path))
      .map((path) => [path, readFileSync(join(directory, 'settings', path), 'utf8')]),
  );
}

/** For every card. */
const byAddress = (name: string) => ({
  [`${name}.network.d/coreos-installer-DHCPv4.conf`]:
    '[DHCPv4]\nClientIdentifier=mac\nUseDomains=yes\n',
  [`${name}.network.d/coreos-installer-DHCPv6.conf`]:
    '[DHCPv6]\nDUIDType=link-layer\nUseDomains=yes\n',
  [`${name}.network.d/coreos-installer-IPv6AcceptRA.conf`]: '[IPv6AcceptRA]\nUseDomains=yes\n',
});

test('systemd-networkd gets the arguments of keyfiles and of the boot, and the options of bonds', () => {
  const bond =
    'bond=bond0:eth1,eth2:mode=4,miimon=50,primary=eth2,arp_ip_target=192.0.2.1;192.0.2.2:9000';
  write('network.conf', `${bond}\nbond=bond10:eth3\nip=bond0:dhcp\n`);
  // No pattern of file names.
  write('cmdline', 'quiet lib.s*\n');
  const names = ['90-bond0.netdev', '90-bond10.netdev', '90-eth2.network', '90-my-bond0.netdev'];
  expect(generateWith(...names)).toEqual({
    ...byAddress('90-eth2'),
    given: `--\n${bond}\nbond=bond10:eth3\nip=bond0:dhcp\nquiet\nlib.s*\n`,
    '90-bond0.netdev.d/coreos-installer-Bond.conf':
      '[Bond]\nMode=802.3ad\nMIIMonitorSec=50ms\nARPIPTargets=192.0.2.1 192.0.2.2\n',
    '90-eth2.network.d/coreos-installer-Network.conf': '[Network]\nPrimarySlave=yes\n',
  });
});

test.each<[string, string | undefined, string]>([
  ['those of the boot alone, where there are no keyfiles', undefined, 'quiet ip=eth1:dhcp'],
  ['those of the boot alone, which replace keyfiles', 'ip=eth0:dhcp\n', 'quiet ip=eth1:dhcp'],
  ['those of the boot in quotes', 'ip=eth0:dhcp\n', 'quiet "ip=eth1:dhcp"'],
])('systemd-networkd gets %s', (_, words, booted) => {
  if (words !== undefined) write('network.conf', words);
  write('cmdline', `${booted}\n`);
  expect(generateWith()).toEqual({ given: '--\nquiet\nip=eth1:dhcp\n' });
});

test.each([
  // What is in a value is for the installed system.
  ['a="b ip=eth1:dhcp nameserver=192.0.2.53 c" quiet', ['quiet']],
  ['a="b rd.route=10.0.0.0/8::eth0"', []],
  // These alone make settings, which would be without DHCP.
  ['nameserver=192.0.2.53', ['nameserver=192.0.2.53', 'ip=dhcp']],
  ['rd.peerdns=0', ['rd.peerdns=0', 'ip=dhcp']],
  ['rd.route=10.0.0.0/8:192.0.2.9', ['rd.route=10.0.0.0/8:192.0.2.9', 'ip=dhcp']],
  [
    'rd.route=10.0.0.0/8:192.0.2.9:eth0',
    ['rd.route=10.0.0.0/8:192.0.2.9:eth0', 'ip=eth0:dhcp', 'ip=dhcp'],
  ],
  ['rd.route=192.0.2.1/32::eth0', ['ip=eth0:dhcp', 'ip=dhcp']],
  ['rd.route=[2001:db8::/48]:[fe80::1]', ['rd.route=[2001:db8::/48]:[fe80::1]', 'ip=dhcp']],
  ['rd.route=[2001:db8::/48]::eth1', ['ip=eth1:dhcp', 'ip=dhcp']],
  ['rd.route=192.0.2.1/32::eth0 ip=eth1:dhcp', ['ip=eth1:dhcp']],
  ['nameserver=192.0.2.53 ip=eth0:dhcp', ['nameserver=192.0.2.53', 'ip=eth0:dhcp']],
  ['quiet', ['quiet']],
])('systemd-networkd gets of %j what is for this system', (booted, wanted) => {
  write('cmdline', `${booted}\n`);
  const words = generateWith()['given']?.trim().split('\n').slice(1) ?? [];
  expect(words.filter((word) => !word.startsWith('a='))).toEqual(wanted);
});

test.each([
  ['mode=active-backup,fail_over_mac=1', 'Mode=active-backup\nFailOverMACPolicy=active'],
  ['mode=802.3ad,lacp_rate=1', 'Mode=802.3ad\nLACPTransmitRate=fast'],
  ['mode=6,lacp_rate=slow', 'Mode=balance-alb\nLACPTransmitRate=slow'],
])('the options %s of a bond, which looks for dead ports', (options, wanted) => {
  write('network.conf', `bond=bond0:eth1:${options}\n`);
  expect(generateWith('90-bond0.netdev')['90-bond0.netdev.d/coreos-installer-Bond.conf']).toBe(
    `[Bond]\n${wanted}\nMIIMonitorSec=100ms\n`,
  );
});

test('a bond or a bridge has the MAC address of a card, and not another one at each boot', () => {
  const of = (name: string, kind: string) =>
    [`70-${name}.netdev`, `[NetDev]\nKind=${kind}\nName=${name}\n`] as const;
  write('network.conf', 'ip=br0:dhcp\n');
  const made = generateWith(of('bond0', 'bond'), of('br0', 'bridge'), of('br0.5', 'vlan'));
  const own = '[NetDev]\nMACAddress=none\n';
  expect(made).toEqual({
    given: expect.any(String),
    '70-bond0.netdev.d/coreos-installer-NetDev.conf': own,
    '70-br0.netdev.d/coreos-installer-NetDev.conf': own,
  });
});

test('a card of a keyfile by its MAC address keeps its name, and is not the VLAN over it', () => {
  write('network.conf', 'ifname=enx525400123456:52:54:00:12:34:56\nip=enx525400123456:dhcp\n');
  expect(generateWith('90-enx525400123456.network')).toEqual({
    ...byAddress('90-enx525400123456'),
    given: '--\nip=enx525400123456:dhcp\nquiet\nconsole=ttyS0\n',
    '90-enx525400123456.network.d/coreos-installer-Match.conf':
      '[Match]\nName=\nPermanentMACAddress=52:54:00:12:34:56\nType=ether\n',
  });
});

test('a card that a kernel argument gives a name has it, and not the VLAN over it', () => {
  write('cmdline', 'ifname=lan1:52:54:00:12:34:56 vlan=vlan5:lan1\n');
  expect(generateWith('90-lan1.link')).toMatchObject({
    given: '--\nifname=lan1:52:54:00:12:34:56\nvlan=vlan5:lan1\n',
    '90-lan1.link.d/coreos-installer-Match.conf': '[Match]\nType=ether\n',
  });
});

test('a route without a gateway, which systemd-network-generator may refuse, is a setting', () => {
  const taken = ['rd.route=10.0.0.0/8:192.0.2.9:eth0', 'rd.route=[2001:db8:5::/48]:[fe80::1]:eth0'];
  const own = ['rd.route=192.0.2.1/32::eth0', 'rd.route=[2001:db8:9::/48]::eth0'];
  write('network.conf', `${[...own, ...taken].join('\n')}\n`);
  expect(generateWith('90-eth0.network')).toEqual({
    ...byAddress('90-eth0'),
    given: `--\n${taken.join('\n')}\nquiet\nconsole=ttyS0\n${'ip=eth0:dhcp\n'.repeat(4)}ip=dhcp\n`,
    '90-eth0.network.d/coreos-installer-Route1.conf': '[Route]\nDestination=192.0.2.1/32\n',
    '90-eth0.network.d/coreos-installer-Route2.conf': '[Route]\nDestination=2001:db8:9::/48\n',
  });
});

test('a static address does not turn off IPv6, as a newer systemd-network-generator would', () => {
  const off = '[Network]\\nLinkLocalAddressing=no\\nIPv6AcceptRA=no\\n';
  const made = generateWith(
    ['70-eth0.network', `${off}[Address]\\nAddress=192.0.2.2/24\\n`],
    ['70-eth1.network', off],
    ['70-eth2.network', '[Address]\\nAddress=192.0.2.3/24\\n'],
  );
  const dropIn = (name: string) => made[`70-${name}.network.d/coreos-installer-Network1.conf`];
  expect(dropIn('eth0')).toBe('[Network]\nLinkLocalAddressing=ipv6\nIPv6AcceptRA=yes\n');
  expect([dropIn('eth1'), dropIn('eth2')]).toEqual([undefined, undefined]);
});

describe('arguments that systemd-network-generator does not take', () => {
  const real = '/lib/systemd/systemd-network-generator';
  /** Ends at the first one, and makes nothing. */
  const strict = `#!/bin/sh
root=
[ "$1" != --root ] || { root=$2; shift 2; }
for word; do case $word in ip=*:auto | ip=*-*) exit 1 ;; esac; done
mkdir -p "$root$settings"
printf '%s\\n' "$@" > "$root$settings/given"
`;
  const refused = () =>
    execFileSync('sh', [
      '-c',
      `cat "${directory}/state/refused-arguments" 2> /dev/null || :`,
    ]).toString();

  beforeEach(() => {
    env = { ...env, state: join(directory, 'state') };
  });

  function generate(booted: string, generator = strict) {
    write('cmdline', `${booted}\n`);
    write('generator', generator);
    chmodSync(join(directory, 'generator'), 0o755);
    execFileSync('sh', [join(sources, 'network-generator')], { env, cwd: sources });
    const made = readdirSync(join(directory, 'settings'));
    const given = readFileSync(join(directory, 'settings/given'), 'utf8')
      .split('\n')
      .filter(Boolean);
    return { given: given.slice(1), made };
  }

  test.each([
    ['ip=dhcp,dhcp6', 'ip=on'],
    ['ip=eth0:dhcp,dhcp6', 'ip=eth0:on'],
    ['ip=single-dhcp', 'ip=dhcp'],
    ['ip=eth0:dhcp:', 'ip=eth0:dhcp'],
    ['ip=192.0.2.2::192.0.2.1:24:h:eth0', 'ip=192.0.2.2::192.0.2.1:24:h:eth0:none'],
    ['ip=192.0.2.2::192.0.2.1:24:h:eth0:none:1500:', 'ip=192.0.2.2::192.0.2.1:24:h:eth0:none:1500'],
    ['ip=[fd00::2]::[fd00::1]:64::eth0', 'ip=[fd00::2]::[fd00::1]:64::eth0:none'],
    ['ip=[fd00::2]::[fd00::1]:64:h:eth0:none', 'ip=[fd00::2]::[fd00::1]:64:h:eth0:none'],
  ])('%s has another name there', (argument, wanted) => {
    expect(generate(argument).given).toEqual([wanted]);
    expect(refused()).toBe('');
  });

  test('the others have their effect, and these are named', () => {
    const { given, made } = generate('quiet ip=eth0:auto ip=eth1:dhcp vlan=v5:eth1 ip=a-b');
    expect(given).toEqual(['quiet', 'ip=eth1:dhcp', 'vlan=v5:eth1']);
    expect(made).not.toContain('99-coreos-installer.network');
    expect(refused()).toBe('ip=eth0:auto\nip=a-b\n');
    const diagnosis = execFileSync('sh', [join(sources, 'network-diagnosis')], { env }).toString();
    expect(diagnosis).toMatch(
      /^Network: these kernel arguments are not understood, and have no effect: ip=eth0:auto, ip=a-b\n/,
    );
  });

  test('without any address that is left, all cards use DHCP', () => {
    const { given, made } = generate('ip=eth0:auto nameserver=192.0.2.53');
    expect(given).toEqual(['nameserver=192.0.2.53', 'ip=dhcp']);
    expect(made).toContain('99-coreos-installer.network');
  });

  test.skipIf(!existsSync(real))('systemd’s own takes what is left', () => {
    const run = `#!/bin/sh
[ "$1" = --root ] || set -- --root "${directory}/real" "$@"
${real} "$@" || exit
mkdir -p "$settings" && printf '%s\\n' x "$@" > "$settings/given"
`;
    const words = ['ip=dhcp,dhcp6', 'ip=eth0:auto', 'nameserver=[fd00::53]', 'ip=eth1:dhcp:'];
    generate(words.join(' '), run);
    expect(refused()).toBe('ip=eth0:auto\n');
    const made = readdirSync(join(directory, 'real/run/systemd/network')).toSorted();
    expect(made).toEqual(expect.arrayContaining(['90-eth1.network']));
  });
});

/** What dracut and the installer read, which a copy of the hook's own lines makes. */
test.each([
  ['networkd', 'quiet', 'ip=enx525400123456:dhcp\n'],
  ['another', 'quiet', 'ifname=enx525400123456:52:54:00:12:34:56\nip=enx525400123456:dhcp\n'],
  ['networkd', 'quiet ip=dhcp', undefined],
])('with the network by %s and %j', (by, booted, wanted) => {
  write('network.conf', 'ifname=enx525400123456:52:54:00:12:34:56\nip=enx525400123456:dhcp\n');
  write('cmdline', `${booted}\n`);
  if (by === 'networkd') write('generator', '');
  const hook = readFileSync(join(sources, 'cmdline-hook.sh'), 'utf8')
    .replaceAll('/usr/lib/coreos-installer/lib.sh', `'${join(sources, 'lib.sh')}'`)
    .replaceAll('/etc/cmdline.d', join(directory, 'cmdline.d'))
    .replace('installer_wanted', 'true');
  execFileSync('sh', ['-c', hook], { env });
  const made = join(directory, 'cmdline.d/05-coreos-keyfiles.conf');
  expect(existsSync(made) ? readFileSync(made, 'utf8') : undefined).toBe(wanted);
});
