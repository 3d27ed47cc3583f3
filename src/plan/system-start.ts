import { type Console, parseConsoles } from '../parameters/consoles.ts';
import { type KernelArgument, parseKernelArguments } from '../parameters/kernel-cmdline.ts';
import type { Parameters } from '../parameters/parameters.ts';

/** What the installed system starts with, each time, where it differs from the image. */
export interface SystemStart {
  /** Of Ignition. */
  readonly platformId: string | undefined;
  readonly consoles: readonly Console[];
  readonly append: readonly KernelArgument[];
  /** Each is removed as a whole. */
  readonly remove: readonly KernelArgument[];
}

type Given = Pick<Parameters, 'platformId' | 'console' | 'appendKarg' | 'deleteKarg'>;

export function systemStart({ platformId, console, appendKarg, deleteKarg }: Given): SystemStart {
  return {
    platformId: platformId?.value,
    consoles: parseConsoles(console?.value ?? ''),
    append: parseKernelArguments(appendKarg?.value ?? ''),
    remove: parseKernelArguments(deleteKarg?.value ?? ''),
  };
}
