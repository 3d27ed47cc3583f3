import type { KernelArgument } from '../parameters/kernel-cmdline.ts';

/**
 * The MAC address of the network card that this system was booted from, or that its kernel command line
 * sets up: `BOOTIF=` as PXELINUX, iPXE and GRUB write it (`01-52-54-00-00-00-01`,
 * `01-52:54:00:00:00:01`), else the interface of `bootdev=` or of the first `ip=` that names one
 * (dracut.cmdline(7)). Undefined where none is known. `macOf` gives the address of an interface.
 */
export function bootMacOf(
  kernel: readonly KernelArgument[],
  macOf: (name: string) => string | undefined,
): string | undefined {
  const valuesOf = (wanted: string) =>
    kernel.flatMap(({ name, value }) => (name === wanted && value ? [value] : []));
  const [, booted] =
    /^(?:[0-9a-f]{2}-)?((?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2})$/i.exec(
      valuesOf('BOOTIF').at(-1) ?? '',
    ) ?? [];
  if (booted !== undefined) return booted.toLowerCase().replaceAll('-', ':');
  // Before the interface has its name, or where it is gone again.
  const named = new Map(valuesOf('ifname').flatMap(nameAndMac));
  const names = [...valuesOf('bootdev').slice(-1), ...valuesOf('ip').flatMap(interfaceIn)];
  return names
    .map((name) => macOf(name) ?? named.get(name) ?? macInName(name))
    .find((mac) => mac !== undefined);
}

/** Of `enx525400000001`, as systemd and the keyfiles of the medium name cards that keep another name. */
function macInName(name: string): string | undefined {
  const [, digits] = /^enx([0-9a-f]{12})$/.exec(name) ?? [];
  return digits?.replaceAll(/(..)(?!$)/g, '$1:');
}

/** Of `lan:52:54:00:00:00:01`. */
function nameAndMac(value: string): [string, string][] {
  const [, name, mac] = /^([^:]+):((?:[0-9a-f]{2}:){5}[0-9a-f]{2})$/i.exec(value) ?? [];
  return name !== undefined && mac !== undefined ? [[name, mac.toLowerCase()]] : [];
}

/** `eth0` of `eth0:dhcp`, of `eth0:dhcp:MTU:MAC` and of `ADDRESS:PEER:GATEWAY:NETMASK:HOSTNAME:eth0:none`; none of `dhcp`. */
function interfaceIn(value: string): string[] {
  const fields = value.match(/(?<=^|:)(?:\[[^\]]*\]|[^:]*)/g) ?? [];
  // Its MAC address has colons as well.
  const isShort = fields.length < 6 || /^[a-z][a-z0-9-]*$/.test(fields[1] ?? '');
  const name = isShort ? fields.length > 1 && fields[0] : fields[5];
  return name ? [name] : [];
}
