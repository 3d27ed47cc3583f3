import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Gpt, GptPartition } from '../disk/gpt/gpt.ts';
import type { BootOrder } from '../parameters/parameters.ts';
import { findTool, packageOf } from '../system/tools.ts';

/** How the firmware's boot manager will be changed after the installation. */
export interface BootOrderPlan {
  readonly order: Exclude<BootOrder, 'keep'>;
  /** The partition with the boot loader for UEFI; undefined if the order stays as it is. */
  readonly esp: GptPartition | undefined;
  /** Why it stays as it is, in words. */
  readonly unchanged: string | undefined;
  /** Whether to warn of that: not under BIOS, where nothing can be changed. */
  readonly isMissed: boolean;
}

const espType = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b';

/** What the user asked for, if anything. */
interface Wish {
  readonly bootOrder?: { readonly value: BootOrder } | undefined;
}

interface Surroundings {
  /** Where /sys is. */
  readonly root?: string;
  readonly hasTool?: boolean;
}

/**
 * Whether the boot order can be changed as the user wants. Undefined if nothing is to be changed. What
 * prevents it is no error: the machine may well boot the disk.
 */
export function planBootOrder(
  { bootOrder }: Wish,
  { partitions }: Pick<Gpt, 'partitions'>,
  { root = '/', hasTool = findTool('efibootmgr') !== undefined }: Surroundings = {},
): BootOrderPlan | undefined {
  if (bootOrder === undefined || bootOrder.value === 'keep') return undefined;
  const order = bootOrder.value;
  const stays = (unchanged: string, isMissed = true) => {
    return { order, esp: undefined, unchanged, isMissed };
  };
  const firmware = join(root, 'sys/firmware/efi');
  if (!existsSync(firmware)) return stays('this system was not started by UEFI', false);
  const esp = partitions.find(({ typeGuid }) => typeGuid.toLowerCase() === espType);
  if (esp === undefined) return stays('there is no EFI system partition');
  if (!hasTool)
    return stays(`efibootmgr is not installed; install the package ${packageOf('efibootmgr')}`);
  if (!hasVariables(join(firmware, 'efivars'))) {
    const mount = 'mount -t efivarfs efivarfs /sys/firmware/efi/efivars';
    return stays(`the variables of the firmware are not there; to have them: ${mount}`);
  }
  return { order, esp, unchanged: undefined, isMissed: false };
}

/**
 * For an installation that is on the disk already. The machine has come back to the installer, and would
 * do so at every boot: where the user has said nothing of the order, the disk is the next to boot, once.
 */
export function planBootOrderOfFound(
  { bootOrder }: Wish,
  table: Pick<Gpt, 'partitions'>,
  surroundings?: Surroundings,
): BootOrderPlan | undefined {
  if (bootOrder !== undefined) return planBootOrder({ bootOrder }, table, surroundings);
  const plan = planBootOrder({ bootOrder: { value: 'once' } }, table, surroundings);
  // Nobody has asked for it, so nobody misses it.
  return plan && { ...plan, isMissed: false };
}

function hasVariables(directory: string): boolean {
  try {
    return readdirSync(directory).length > 0;
  } catch {
    return false;
  }
}

export function warnOfBootOrder(plan: BootOrderPlan | undefined): string[] {
  return plan?.isMissed ? [`The boot order stays as it is: ${plan.unchanged}.`] : [];
}
