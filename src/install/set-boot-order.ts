import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { GptPartition } from '../disk/gpt/gpt.ts';
import { lookInto } from '../disk/partitions/look-into.ts';
import { InstallerError } from '../lib/errors.ts';
import type { Plan } from '../plan/plan.ts';
import { efibootmgr, type FirmwareFile, planEntries } from '../system/efibootmgr.ts';

/**
 * Lets the firmware boot the installed disk, after everything else: the disk is complete whether this
 * works or not. Returns warnings, a sentence or two each; throws nothing.
 */
export async function setBootOrder({
  bootOrder,
  target,
}: Pick<Plan, 'bootOrder' | 'target'>): Promise<string[]> {
  if (bootOrder?.esp === undefined) return [];
  const { order, esp } = bootOrder;
  try {
    const loader = await findLoader(target, esp);
    const file = { partitionGuid: esp.uniqueGuid.toLowerCase(), firstLba: esp.firstLba, loader };
    const number = await provideEntry(target.path, esp, file);
    if (order === 'once') await efibootmgr.setNext(number);
    else {
      const { order: others, entries } = await efibootmgr.read();
      // A number without an entry boots nothing, and efibootmgr refuses it.
      const exists = new Set(entries.map((entry) => entry.number));
      const rest = others.filter((other) => other !== number && exists.has(other));
      await efibootmgr.setOrder([number, ...rest]);
    }
    const now = await efibootmgr.read();
    const accepted = order === 'once' ? now.next?.toUpperCase() : now.order[0];
    return accepted === number ? [] : [notChanged(target, 'the firmware did not accept it')];
  } catch (error) {
    const why = error instanceof InstallerError ? error.failure.why : (error as Error).message;
    return [notChanged(target, why)];
  }
}

function notChanged({ path }: Plan['target'], why: string): string {
  return (
    `The firmware’s boot order could not be changed: ${why}. ` +
    `If the machine does not boot ${path}, choose it in the boot menu of the firmware.`
  );
}

/** The number of our entry for the file, which is made unless it exists. */
async function provideEntry(
  disk: string,
  { number }: GptPartition,
  file: FirmwareFile,
): Promise<string> {
  const { reuse, remove } = planEntries(await efibootmgr.read(), file, await presentPartitions());
  for (const stale of remove) await efibootmgr.remove(stale);
  if (reuse?.isActive === false) await efibootmgr.activate(reuse.number);
  if (reuse !== undefined) return reuse.number;
  await efibootmgr.create(disk, number, file.loader);
  const made = planEntries(await efibootmgr.read(), file, undefined).reuse;
  if (made === undefined) throw new Error('the firmware did not keep the new entry');
  return made.number;
}

/** The GUIDs of the partitions of all disks, by udev's links; undefined without udev. */
async function presentPartitions(): Promise<Set<string> | undefined> {
  const names = await readdir('/dev/disk/by-partuuid').catch(() => undefined);
  return names && new Set(names.map((name) => name.toLowerCase()));
}

/** By the names of the UEFI specification (3.5.1.1); shim's are formed in the same way. */
const machineNames: Readonly<Partial<Record<string, string>>> = { x64: 'x64', arm64: 'aa64' };

/**
 * The path of the boot loader on the EFI system partition: that of the operating system, if it has a
 * directory of its own with shim, as Fedora CoreOS has; else the one that firmware boots without an
 * entry. What cannot be read is like an empty one: every image has the latter.
 */
async function findLoader(target: Plan['target'], esp: GptPartition): Promise<string> {
  const machine = machineNames[process.arch] ?? process.arch;
  const fallback = `\\EFI\\BOOT\\BOOT${machine.toUpperCase()}.EFI`;
  try {
    const found = await lookInto(target, { ...esp, type: 'vfat' }, (root) =>
      findShim(join(root, 'EFI'), `shim${machine}.efi`),
    );
    return found ?? fallback;
  } catch {
    return fallback;
  }
}

/** None if there are several: it is not known which one is wanted. */
export async function findShim(directory: string, name: string): Promise<string | undefined> {
  const found: string[] = [];
  for (const vendor of await readdir(directory, { withFileTypes: true })) {
    if (!vendor.isDirectory() || vendor.name.toUpperCase() === 'BOOT') continue;
    // Names that the firmware, and efibootmgr, take as they are.
    if (!/^[\w.-]+$/.test(vendor.name)) continue;
    const files = await readdir(join(directory, vendor.name));
    const file = files.find((one) => one.toLowerCase() === name);
    if (file !== undefined) found.push(`\\EFI\\${vendor.name}\\${file}`);
  }
  return found.length === 1 ? found[0] : undefined;
}
