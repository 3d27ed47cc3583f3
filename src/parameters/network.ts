import { ParameterError } from '../lib/errors.ts';
import { booleanArgument, type KernelArgument, parseKernelArguments } from './kernel-cmdline.ts';
import { isNetworkArgument, persistenceNames } from './known-arguments.ts';
import { type ParameterFiles, parameterFilePath } from './parameter-files.ts';
import { describeOrigin, type Origin, type Parameters, type Resolved } from './parameters.ts';

/** COMMAND_LINE_SIZE of x86-64 and arm64 without the zero at its end: what is beyond is cut off. */
export const kernelCommandLineBytes = 2047;

/** What the image brings itself: the kernel's path, the root file system, consoles. */
const usualForImageBytes = 512;

interface Given {
  readonly files: ParameterFiles;
  readonly kernel: readonly KernelArgument[];
}

type FirstBoot = Pick<
  Parameters,
  'networkArguments' | 'networkOrigin' | 'noPersistIp' | 'extraKcmdline' | 'notes'
>;

/**
 * What the first boot gets: the network arguments, and further ones. Throws `ParameterError` where
 * they cannot stand on a line of GRUB script and on a kernel command line.
 */
export function firstBootArguments(given: Given): FirstBoot {
  const network = networkArguments(given);
  const extra = extraArguments(given);
  const texts = [
    ...(network.networkOrigin
      ? [{ value: network.networkArguments.join(' '), origin: network.networkOrigin }]
      : []),
    ...(extra.extraKcmdline ? [extra.extraKcmdline] : []),
  ];
  for (const text of texts) refuseControlCharacters(text);
  const notes = [...notesOnLength(texts), ...notesOnGrub(texts)];
  return { ...network, ...extra, notes };
}

/** A file replaces the kernel's; every argument in it is taken, whatever its name. */
function networkArguments({
  files,
  kernel,
}: Given): Pick<FirstBoot, 'networkArguments' | 'networkOrigin'> {
  const fromFile = files.networkingOptions !== undefined;
  const origin: Origin = fromFile
    ? { kind: 'file', name: parameterFilePath('networkingOptions', files.directory) }
    : { kind: 'kernel', name: 'ip= and the like' };
  const given = fromFile
    ? parseKernelArguments(files.networkingOptions ?? '')
    : kernel.filter(isNetworkArgument);
  if (given.length === 0) return { networkArguments: [], networkOrigin: undefined };
  const others = given.filter((argument) => argument.name !== 'rd.neednet');
  return {
    networkArguments: ['rd.neednet=1', ...others.map((argument) => argument.raw)],
    networkOrigin: origin,
  };
}

/**
 * Whether the first boot is to keep its network. The image obeys these words itself, and needs the
 * network arguments all the same, to fetch what its config refers to.
 */
function extraArguments({
  files,
  kernel,
}: Given): Pick<FirstBoot, 'noPersistIp' | 'extraKcmdline'> {
  const text = files.additionalOptions;
  const given = text === undefined ? kernel : parseKernelArguments(text);
  const [forget, keep] = persistenceNames;
  const on = persistenceNames.filter((name) => booleanArgument(given, name) === true);
  const origin: Origin =
    text === undefined
      ? { kind: 'kernel', name: on.join(' and ') }
      : { kind: 'file', name: parameterFilePath('additionalOptions', files.directory) };
  if (on.length > 1) {
    throw new ParameterError({
      code: 'parameters-conflict',
      failed: 'Cannot both keep and drop the IP configuration of the first boot',
      why: `${forget} and ${keep} are given`,
      next: 'Give one of them.',
    });
  }
  const value = text ?? on.map((name) => `${name}=1`).join(' ');
  return {
    noPersistIp: on.includes(forget) ? { value: true, origin } : undefined,
    extraKcmdline: value === '' ? undefined : { value, origin },
  };
}

function refusal({ origin }: Resolved<string>, why: string): ParameterError {
  return new ParameterError({
    code: 'invalid-first-boot-arguments',
    failed: `Cannot keep the kernel arguments from ${describeOrigin(origin)} for the first boot`,
    why,
    next: 'Correct them, and try again.',
  });
}

function refuseControlCharacters(text: Resolved<string>): void {
  if (/[^\P{Cc}\t]/u.test(text.value)) throw refusal(text, 'they hold control characters');
}

function notesOnLength(texts: readonly Resolved<string>[]): string[] {
  const [longest] = texts.toSorted((a, b) => b.value.length - a.value.length);
  if (longest === undefined) return [];
  const all = ['ignition.firstboot', ...texts.map(({ value }) => value)].join(' ');
  const leftBytes = kernelCommandLineBytes - Buffer.byteLength(all);
  if (leftBytes < 0) {
    throw refusal(
      longest,
      `the first boot’s kernel command line would be longer than ${kernelCommandLineBytes} bytes`,
    );
  }
  if (leftBytes >= usualForImageBytes) return [];
  return [
    `The first boot’s kernel arguments leave ${leftBytes} bytes of the kernel’s ` +
      `${kernelCommandLineBytes} for those of the image; what is beyond is cut off.`,
  ];
}

/** GRUB writes a backslash before these when it hands arguments to the kernel. */
function notesOnGrub(texts: readonly Resolved<string>[]): string[] {
  return texts
    .flatMap(({ value }) => parseKernelArguments(value))
    .filter(({ name, value }) => /["'\\]/.test(`${name}=${value}`))
    .map(({ raw }) => `GRUB adds a backslash before quotes and backslashes within ${raw}.`);
}
