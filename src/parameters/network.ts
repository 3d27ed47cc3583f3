import { ParameterError } from '../lib/errors.ts';
import { notesOnGrub } from './grub-word.ts';
import {
  booleanArgument,
  type KernelArgument,
  kernelCommandLineBytes,
  parseKernelArguments,
  usualForImageBytes,
} from './kernel-cmdline.ts';
import { isNetworkArgument, persistenceNames } from './known-arguments.ts';
import { type ParameterFiles, parameterFilePath } from './parameter-files.ts';
import { describeOrigin, type Origin, type Parameters, type Resolved } from './parameters.ts';

interface Given {
  readonly firstbootArgs?: string | undefined;
  readonly files: ParameterFiles;
  readonly kernel: readonly KernelArgument[];
}

type FirstBoot = Pick<
  Parameters,
  'networkArguments' | 'networkOrigin' | 'noPersistIp' | 'extraKcmdline' | 'notes'
>;

/**
 * The kernel arguments of the first boot: those for the network, and further ones. Throws
 * `ParameterError` if they do not fit into a line of GRUB script and a kernel command line, together
 * with those that every boot gets.
 */
export function firstBootArguments(given: Given, everyBoot?: Resolved<string>): FirstBoot {
  const network = networkArguments(given);
  const extra = extraArguments(given);
  const texts = [
    ...(network.networkOrigin
      ? [{ value: writtenArguments(network, given.kernel), origin: network.networkOrigin }]
      : []),
    ...(extra.extraKcmdline ? [extra.extraKcmdline] : []),
  ];
  for (const text of texts) refuseControlCharacters(text);
  const notes = [
    ...notesOnLength(texts, everyBoot),
    ...texts.flatMap(({ value }) => notesOnGrub(value)),
  ];
  return { ...network, ...extra, notes };
}

/** Those that the first boot gets: not those of the medium's keyfiles, which it gets in their place. */
function writtenArguments(
  { networkArguments: all, networkOrigin }: Pick<FirstBoot, 'networkArguments' | 'networkOrigin'>,
  kernel: readonly KernelArgument[],
): string {
  const replaced = kernel.flatMap(({ raw, ofKeyfiles }) => (ofKeyfiles ? [raw] : []));
  const words =
    networkOrigin?.kind === 'kernel' ? all.filter((word) => !replaced.includes(word)) : all;
  return words.join(' ');
}

/** An option or a file replaces the kernel's; all arguments in it are used, whatever their names. */
function networkArguments({
  firstbootArgs,
  files,
  kernel,
}: Given): Pick<FirstBoot, 'networkArguments' | 'networkOrigin'> {
  const text = firstbootArgs ?? files.networkingOptions;
  const origin: Origin =
    firstbootArgs !== undefined
      ? { kind: 'option', name: '--firstboot-args' }
      : text !== undefined
        ? { kind: 'file', name: parameterFilePath('networkingOptions', files.directory) }
        : { kind: 'kernel', name: 'ip= and others' };
  const given = text === undefined ? kernel.filter(isNetworkArgument) : parseKernelArguments(text);
  if (given.length === 0) return { networkArguments: [], networkOrigin: undefined };
  const others = given.filter((argument) => argument.name !== 'rd.neednet');
  return {
    networkArguments: ['rd.neednet=1', ...others.map((argument) => argument.raw)],
    networkOrigin: origin,
  };
}

/**
 * Whether the installed system keeps the network of its first boot. The image implements these
 * arguments; it needs the network arguments in any case, to fetch what its config refers to.
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
      why: `both ${forget} and ${keep} are given`,
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
    failed: `Cannot pass the kernel arguments from ${describeOrigin(origin)} to the first boot`,
    why,
    next: 'Correct them and try again.',
  });
}

function refuseControlCharacters(text: Resolved<string>): void {
  if (/[^\P{Cc}\t]/u.test(text.value)) throw refusal(text, 'they contain control characters');
}

/**
 * Throws `ParameterError` if the arguments of the first boot, with those of every boot, are too long for
 * a kernel command line.
 */
export function notesOnLength(
  firstBoot: readonly Resolved<string>[],
  everyBoot: Resolved<string> | undefined,
): string[] {
  if (firstBoot.length === 0) return [];
  const texts = everyBoot === undefined ? firstBoot : [...firstBoot, everyBoot];
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
      `${kernelCommandLineBytes} for those of the image; the kernel ignores the rest.`,
  ];
}
