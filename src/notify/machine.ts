import { statSync } from 'node:fs';
import { join } from 'node:path';
import { listNames, readText } from '../disk/look/sysfs.ts';
import { isFiller } from './filler.ts';

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
    .map((name) => readText(join(directory, name, 'address')) ?? '')
    .filter((mac) => /^([0-9a-f]{2}:)+[0-9a-f]{2}$/.test(mac) && !/^(00:)+00$/.test(mac));
}

function meaningful(text: string | undefined): string | undefined {
  return text === undefined || isFiller(text) ? undefined : text;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
