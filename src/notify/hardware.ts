import { existsSync, readFileSync } from 'node:fs';
import type { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { stableNames } from '../disk/look/stable-names.ts';
import { modelOf, realDisks, serialOf, sizeBytesOf } from '../disk/look/sysfs.ts';
import { listNames } from '../system/kernel-files.ts';

/** Of a list that a server gets. */
const atMost = 64;

/** The addresses of network cards, and of bonds, bridges and VLANs on them; not those of one link only. */
export function addressesOf(
  sysRoot: string,
  interfaces: ReturnType<typeof networkInterfaces>,
): string[] {
  return Object.entries(interfaces)
    .filter(([name]) => hasCard(sysRoot, name))
    .flatMap(([, addresses = []]) => addresses)
    .filter(({ internal, address }) => !internal && !/^(169\.254\.|fe[89ab].:)/i.test(address))
    .map(({ address }) => address)
    .slice(0, atMost);
}

/** Itself, or below it: the kernel links what an interface is made of as `lower_NAME`. */
function hasCard(sysRoot: string, name: string, depth = 0): boolean {
  const directory = join(sysRoot, 'class/net', name);
  if (existsSync(join(directory, 'device'))) return true;
  const lower = listNames(directory).filter((entry) => entry.startsWith('lower_'));
  return depth < 8 && lower.some((entry) => hasCard(sysRoot, entry.slice(6), depth + 1));
}

export interface Firmware {
  /** How this system was booted; absent where that is unknown. */
  readonly firmware?: 'bios' | 'uefi';
  /** Whether Secure Boot was on. */
  readonly secureBoot?: boolean;
}

/** Source of fact: UEFI 2.10 section 3.3 (SecureBoot); a file of efivarfs begins with 4 bytes of attributes. */
export function firmwareOf(sysRoot: string, machine: string = process.arch): Firmware {
  const directory = join(sysRoot, 'firmware/efi');
  if (!existsSync(directory)) return machine === 'x64' ? { firmware: 'bios' } : {};
  try {
    const variable = 'efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';
    const bytes = readFileSync(join(directory, variable));
    if (bytes.length !== 5) return { firmware: 'uefi' };
    return { firmware: 'uefi', secureBoot: bytes[4] === 1 };
  } catch {
    return { firmware: 'uefi' };
  }
}

/** A disk of this machine, and names of it that `--device` accepts. */
export interface DiskHardware {
  readonly path: string;
  readonly byPath?: string;
  readonly byId?: string;
  readonly sizeBytes: number;
  readonly model?: string;
  readonly serial?: string;
}

export function disksOf(sysRoot: string, devRoot: string): DiskHardware[] {
  const names = stableNames(devRoot);
  return realDisks(sysRoot)
    .slice(0, atMost)
    .map((disk) => {
      const named = (kind: string) =>
        names.get(disk.path)?.find((name) => name.startsWith(`disk/${kind}/`));
      const [byPath, byId, model, serial] = [
        named('by-path'),
        named('by-id'),
        modelOf(disk),
        serialOf(disk),
      ];
      return {
        path: disk.path,
        ...(byPath && { byPath: `/dev/${byPath}` }),
        ...(byId && { byId: `/dev/${byId}` }),
        sizeBytes: sizeBytesOf(disk),
        ...(model && { model }),
        ...(serial && { serial }),
      };
    });
}
