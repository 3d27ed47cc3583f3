import { statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type KernelArgument, readKernelArguments } from '../parameters/kernel-cmdline.ts';
import { listNames, readText } from '../system/kernel-files.ts';
import { bootMacOf } from './boot-card.ts';
import { isFiller } from './filler.ts';
import { addressesOf, type DiskHardware, disksOf, type Firmware, firmwareOf } from './hardware.ts';

/** How a provisioning server identifies a machine. What this machine does not report is absent. */
export interface MachineIdentity {
  /** Of network cards, not of virtual interfaces; in the order of the kernel's names. */
  readonly macs: readonly string[];
  readonly serial?: string;
  /** The SMBIOS UUID, lower case. */
  readonly uuid?: string;
  readonly vendor?: string;
  readonly product?: string;
}

/** What a notification says of this machine. */
export interface MachineReport extends MachineIdentity, Firmware {
  /** Of the card that it was booted from. */
  readonly bootMac?: string;
  readonly addresses: readonly string[];
  readonly disks: readonly DiskHardware[];
}

interface Roots {
  readonly interfaces?: typeof networkInterfaces;
  readonly sysRoot?: string;
  readonly devRoot?: string;
  readonly kernel?: readonly KernelArgument[];
}

/** Throws nothing: a server is notified in any case. */
export async function reportMachine({
  sysRoot = '/sys',
  devRoot = '/dev',
  interfaces = networkInterfaces,
  kernel,
}: Roots = {}): Promise<MachineReport> {
  const given = kernel ?? (await readKernelArguments().catch(() => []));
  const bootMac = orElse(undefined, () => bootMacOf(given, (name) => macOf(sysRoot, name)));
  return {
    ...orElse({ macs: [] }, () => identifyMachine(sysRoot)),
    ...(bootMac && { bootMac }),
    addresses: orElse([], () => addressesOf(sysRoot, interfaces())),
    ...orElse({}, () => firmwareOf(sysRoot)),
    disks: orElse([], () => disksOf(sysRoot, devRoot)),
  };
}

/** What cannot be read, as where no more files can be opened, is left out. */
function orElse<T>(nothing: T, read: () => T): T {
  try {
    return read();
  } catch {
    return nothing;
  }
}

/**
 * Reads this machine's identity from /sys. Only root can read serial number and UUID.
 * Source of fact: Documentation/ABI/testing/sysfs-class-net; drivers/firmware/dmi-id.c.
 */
export function identifyMachine(sysRoot = '/sys'): MachineIdentity {
  const dmi = (name: string) => meaningful(readText(join(sysRoot, 'class/dmi/id', name)));
  const tree = (name: string) =>
    meaningful(readText(join(sysRoot, 'firmware/devicetree/base', name))?.replaceAll('\0', ''));
  const serial =
    dmi('product_serial') ?? dmi('chassis_serial') ?? dmi('board_serial') ?? tree('serial-number');
  const uuid = dmi('product_uuid')?.toLowerCase();
  const vendor = dmi('sys_vendor');
  const product = dmi('product_name') ?? tree('model');
  return {
    macs: macsOf(sysRoot),
    ...(serial && { serial }),
    ...(uuid && { uuid }),
    ...(vendor && { vendor }),
    ...(product && { product }),
  };
}

function macsOf(sysRoot: string): string[] {
  const directory = join(sysRoot, 'class/net');
  return listNames(directory)
    .filter((name) => exists(join(directory, name, 'device')))
    .flatMap((name) => macOf(sysRoot, name) ?? []);
}

function macOf(sysRoot: string, name: string): string | undefined {
  // A name in an argument is no path.
  if (name.includes('/')) return undefined;
  const mac = readText(join(sysRoot, 'class/net', name, 'address')) ?? '';
  return /^([0-9a-f]{2}:)+[0-9a-f]{2}$/.test(mac) && !/^(00:)+00$/.test(mac) ? mac : undefined;
}

function meaningful(text: string | undefined): string | undefined {
  return text === undefined || isFiller(text) ? undefined : text;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
