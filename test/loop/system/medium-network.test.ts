import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { keyfileArguments } from '../../../src/media/keyfiles/keyfile-arguments.ts';

const networkd = '/lib/systemd/systemd-networkd';
const ofMedium = join(import.meta.dirname, '../../../dracut/30coreos-installer/network-generator');

const keyfile = (name: string, text: string) => ({
  path: `${name}.nmconnection`,
  bytes: Buffer.from(`[connection]\ntype=ethernet\ninterface-name=${name}\n${text}`),
});

/**
 * Runs systemd-networkd with what the medium's script makes of kernel arguments, where a cable goes to a
 * DHCP server. Returns the addresses of the cards, the routes, and the leases.
 */
async function configured(
  words: readonly string[],
  name: string,
  by: 'keyfiles' | 'boot' = 'keyfiles',
): Promise<string> {
  const [given, none] = ['/run/given', '/run/none'];
  const script = `
# Without udev, which has its say on each interface.
mount -t sysfs -o ro sysfs /sys
mount -t tmpfs tmpfs /run
ip link set lo up
# It would wait for a router.
for file in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $file; done
ip link add eth0 address 52:54:00:12:34:56 type veth peer name far0
ip link set far0 up
ip address add 198.51.100.1/24 dev far0
dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --interface=far0 --bind-interfaces \\
  --dhcp-authoritative --dhcp-leasefile=/run/leases --pid-file= \\
  --dhcp-range=198.51.100.200,198.51.100.200 > /dev/null 2>&1 &
printf '%s\\n' "$@" > ${given}
echo quiet > ${none}
network=${by === 'keyfiles' ? given : '/run/absent'} booted=${by === 'keyfiles' ? none : given} sh '${ofMedium}'
${networkd} > /run/log 2>&1 &
${networkd}-wait-online --interface=${name}:routable --timeout=60 || { cat /run/log >&2; exit 1; }
ip -brief link show
ip route show
cat /run/leases
kill $(jobs -p)
`;
  const { stdout } = await execa('unshare', [
    ...['--net', '--mount', '--propagation', 'private', 'bash', '-euc', script, 'bash', ...words],
  ]);
  return stdout;
}

describe.skipIf(!existsSync(networkd))(
  'the network of the medium by systemd-networkd',
  { concurrent: true },
  () => {
    const off6 = '[ipv6]\nmethod=disabled\n';

    test('a bridge has the MAC address of its card, and DHCP knows it by that', async () => {
      const bridge = keyfile('br0', off6);
      const files = [
        { ...bridge, bytes: Buffer.from(bridge.bytes.toString().replace('ethernet', 'bridge')) },
        keyfile('eth0', 'controller=br0\n'),
      ];
      const shown = await configured(keyfileArguments(files).arguments, 'br0');
      expect(shown).toMatch(/^br0 .* 52:54:00:12:34:56 /m);
      expect(shown).toMatch(/ 198\.51\.100\.200 .* 01:52:54:00:12:34:56$/m);
    });

    test('so does a card by a kernel argument of the boot', async () => {
      const shown = await configured(['"ip=eth0:dhcp"'], 'eth0', 'boot');
      expect(shown).toMatch(/ 198\.51\.100\.200 .* 01:52:54:00:12:34:56$/m);
    });

    test('routes alone keep DHCP on their card', async () => {
      const words = [
        'rd.route=10.0.0.0/8:198.51.100.9:eth0',
        'rd.route=203.0.113.0/24::eth0',
        'rd.route=192.0.2.0/24:198.51.100.8:eth0',
      ];
      const shown = await configured(words, 'eth0', 'boot');
      expect(shown).toMatch(/ 198\.51\.100\.200 .* 01:52:54:00:12:34:56$/m);
      expect(shown).toMatch(/^10\.0\.0\.0\/8 via 198\.51\.100\.9 dev eth0 /m);
      expect(shown).toMatch(/^192\.0\.2\.0\/24 via 198\.51\.100\.8 dev eth0 /m);
      expect(shown).toMatch(/^203\.0\.113\.0\/24 dev eth0 /m);
    });

    test('gateways that are in no network of the card are reached', async () => {
      const text = `${off6}[ipv4]\nmethod=manual\naddress1=192.0.2.5/24,203.0.113.1\nroute1=10.0.0.0/8,203.0.113.9\n`;
      const { arguments: words } = keyfileArguments([keyfile('eth0', text)]);
      const shown = await configured(words, 'eth0');
      expect(shown).toMatch(/^default via 203\.0\.113\.1 dev eth0 /m);
      expect(shown).toMatch(/^10\.0\.0\.0\/8 via 203\.0\.113\.9 dev eth0 /m);
    });
  },
);
