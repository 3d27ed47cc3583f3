import { execa } from 'execa';
import type { InstallerRun } from './installer.ts';

/**
 * A program in a network of its own, without any server. `cards` are cables, each with an end that is
 * up and leads nowhere; the kernel's directory says that they are network cards. `commands` of a shell
 * configure them. /etc/resolv.conf is a copy that they may change, and nobody manages the network.
 */
export function inOwnNetwork(
  cards: readonly string[],
  commands: string,
): Pick<InstallerRun, 'wrapper' | 'tmpFiles'> {
  const script = `
mount -t tmpfs tmpfs /sys/class/net
for card in ${cards.join(' ')}; do
  mkdir -p /sys/class/net/$card/device
  ip link add $card type veth peer name far$card
  ip link set $card up
  ip link set far$card up
done
# Otherwise an IPv6 address is not used for a second or two.
for file in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 > $file; done
mount --bind /tmp/resolv /etc/resolv.conf
[ ! -d /etc/NetworkManager ] || mount -t tmpfs tmpfs /etc/NetworkManager
[ ! -d /run/systemd/netif ] || mount -t tmpfs tmpfs /run/systemd/netif
${commands}
exec "$@"
`;
  return { wrapper: ['unshare', '--net', 'sh', '-euc', script, 'sh'], tmpFiles: { resolv: '' } };
}

/** Whether this kernel can make such an interface: modules may be missing. */
export async function canMake(kind: 'vlan' | 'bond'): Promise<boolean> {
  const link = kind === 'vlan' ? 'link lo name test0 type vlan id 5' : 'test0 type bond';
  const { exitCode } = await execa('unshare', ['--net', 'ip', 'link', 'add', ...link.split(' ')], {
    reject: false,
  });
  return exitCode === 0;
}
