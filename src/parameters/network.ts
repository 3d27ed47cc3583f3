import { ParameterError } from '../errors.ts';
import { type KernelArgument, parseKernelArguments } from './kernel-cmdline.ts';
import { isNetworkArgument } from './known-arguments.ts';
import { type ParameterFiles, parameterFilePath } from './parameter-files.ts';
import { describeOrigin, type Origin, type Parameters, type Resolved } from './parameters.ts';

/** Beyond this the kernels of x86-64 and arm64 cut off their command line. */
const kernelCommandLineBytes = 2048;

type Network = Pick<Parameters, 'networkArguments' | 'networkOrigin'>;

/**
 * The network arguments for the first boot. A file replaces the kernel's; every argument in it is
 * taken, whatever its name.
 */
export function networkArguments(
  files: ParameterFiles,
  kernel: readonly KernelArgument[],
): Network {
  const fromFile = files.networkingOptions !== undefined;
  const origin: Origin = fromFile
    ? { kind: 'file', name: parameterFilePath('networkingOptions', files.directory) }
    : { kind: 'kernel', name: 'ip= and the like' };
  const given = fromFile
    ? parseKernelArguments(files.networkingOptions ?? '')
    : kernel.filter(isNetworkArgument);
  if (given.length === 0) return { networkArguments: [], networkOrigin: undefined };
  const others = given.filter((argument) => argument.name !== 'rd.neednet');
  const args = ['rd.neednet=1', ...others.map((argument) => argument.raw)];
  checkArgumentText({ value: args.join(' '), origin });
  return { networkArguments: args, networkOrigin: origin };
}

/** Kernel argument text has to fit on a line of GRUB script and on a kernel command line. */
export function checkArgumentText(text: Resolved<string>): Resolved<string> {
  const refuse = (why: string) =>
    new ParameterError({
      failed: `Cannot keep the kernel arguments from ${describeOrigin(text.origin)} for the first boot`,
      why,
      next: 'Correct them, and try again.',
    });
  if (/[^\P{Cc}\t]/u.test(text.value)) throw refuse('they hold control characters');
  if (Buffer.byteLength(text.value) > kernelCommandLineBytes) {
    throw refuse(`they are longer than ${kernelCommandLineBytes} bytes`);
  }
  return text;
}

/** GRUB writes a backslash before these when it hands arguments to the kernel. */
export function notesOnGrub(args: readonly string[]): string[] {
  return args
    .filter((raw) => parseKernelArguments(raw).some((a) => /["'\\]/.test(`${a.name}=${a.value}`)))
    .map((raw) => `GRUB adds a backslash before quotes and backslashes within ${raw}.`);
}
