import { type KernelArgument, parseKernelArguments } from './kernel-cmdline.ts';
import type { ParameterFiles } from './parameter-files.ts';

/**
 * The kernel arguments but for those named in the file `ignored_args`, with or without a value: for
 * a machine whose command line is wrong and cannot be changed before the next boot.
 */
export function withoutIgnored(
  kernel: readonly KernelArgument[],
  { ignoredArguments = '' }: ParameterFiles,
): readonly KernelArgument[] {
  const ignored = new Set(parseKernelArguments(ignoredArguments).map(({ name }) => name));
  return kernel.filter(({ name }) => !ignored.has(name));
}
