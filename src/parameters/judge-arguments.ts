import { entryOf } from '../lib/entry-of.ts';
import { ParameterError } from '../lib/errors.ts';
import { shellQuote } from '../lib/text.ts';
import { type GivenKey, givenOtherwise, type Sources, waysToGive } from './find.ts';
import { type KernelArgument, parseBoolean, parseKernelArguments } from './kernel-cmdline.ts';
import { isOurs, known, type Meant, nearest, persistenceNames } from './known-arguments.ts';
import { otherGenerations, type Verdict } from './other-generations.ts';
import { type ParameterFiles, parameterFilePath } from './parameter-files.ts';
import { flagKeys, flagParameters, valueKeys, valueParameters } from './parameters.ts';

/**
 * The kernel arguments except those named in the file `ignored_args`, with or without a value: for
 * a machine whose command line is wrong and cannot be changed before the next boot.
 */
export function withoutIgnored(
  kernel: readonly KernelArgument[],
  { ignoredArguments = '' }: ParameterFiles,
): readonly KernelArgument[] {
  const ignored = new Set(parseKernelArguments(ignoredArguments).map(({ name }) => name));
  return kernel.filter(({ name }) => !ignored.has(name));
}

const knownNames: ReadonlySet<string> = new Set([
  'coreos.inst',
  ...valueKeys.flatMap((key) => valueParameters[key].misspelledArgument ?? []),
  ...known.map(({ argument }) => argument),
]);

/** Arguments that are on or off, each with the parameter that it gives. */
const switches: ReadonlyMap<string, GivenKey | undefined> = new Map([
  ...flagKeys.map((key) => [flagParameters[key].argument, key] as const),
  ...persistenceNames.map((name) => [name, 'additionalOptions'] as const),
  ['coreos.inst.insecure', undefined],
]);

/**
 * A kernel argument for the installer that is not understood ends the run before anything is
 * written, with a `ParameterError`: the result would not be what the user wanted. One whose
 * parameter is given by an option or a file is only noted, so that a person at a machine whose
 * command line is wrong can install by hand. Returns the notes.
 */
export function judgeArguments(sources: Sources): string[] {
  const verdicts = new Map<string, Verdict>();
  for (const argument of sources.kernel) {
    const verdict = judge(argument, sources);
    if (verdict !== undefined) verdicts.set(argument.name, verdict);
  }
  const refused = [...verdicts].flatMap(([name, verdict]) =>
    'why' in verdict ? [{ name, ...verdict }] : [],
  );
  if (refused.length > 0) throw refusal(refused, sources.files.directory);
  return [...verdicts.values()].flatMap((verdict) => ('note' in verdict ? [verdict.note] : []));
}

function judge(argument: KernelArgument, sources: Sources): Verdict | undefined {
  const { name } = argument;
  const wrong = judgeSwitch(name, sources);
  if (wrong) return wrong;
  if (knownNames.has(name)) return judgeValue(argument, sources);
  const other = entryOf(otherGenerations, name);
  if (other) return other(argument, sources);
  const meant = nearest(name);
  if (meant) return judgeSpelling(name, meant, sources);
  if (!isOurs(name)) return undefined;
  return {
    code: 'kernel-argument-unknown',
    why: `the kernel argument ${name} is not known`,
    next: 'coreos-installer --help lists all kernel arguments.',
    dismissible: true,
  };
}

function judgeSwitch(name: string, sources: Sources): Verdict | undefined {
  const key = switches.get(name);
  if (!switches.has(name) || (key && givenOtherwise(key, sources))) return undefined;
  const { value } = sources.kernel.findLast((argument) => argument.name === name) ?? {};
  if (value === undefined || parseBoolean(value) !== undefined) return undefined;
  // For the medium's scripts.
  if (name === 'coreos.inst' && value === 'shell') return undefined;
  return {
    code: 'kernel-argument-invalid',
    why: `the kernel argument ${name} must be on or off, not ${JSON.stringify(value)}`,
    next: `Use ${name}=1 or ${name}=0, or remove it.`,
    dismissible: true,
  };
}

function judgeSpelling(name: string, { argument, key }: Meant, sources: Sources): Verdict {
  const instead = givenOtherwise(key, sources);
  if (instead !== undefined)
    return { note: `The kernel argument ${name} is not known and is ignored; ${instead} is used.` };
  return {
    code: 'kernel-argument-misspelled',
    why: `the kernel argument ${name} is not known (similar: ${argument})`,
    next: `Correct it, or give the value ${waysToGive(key, sources)}.`,
    dismissible: false,
  };
}

/**
 * A template of a boot menu that was not filled in: `coreos.inst.ignition_url=`. Needed parameters
 * are reported later, with all that are missing.
 */
function judgeValue({ name }: KernelArgument, sources: Sources): Verdict | undefined {
  const key = valueKeys.find((candidate) => valueParameters[candidate].argument === name);
  if (key === undefined || valueParameters[key].needed) return undefined;
  const all = sources.kernel.filter((argument) => argument.name === name);
  if (givenOtherwise(key, sources)) return undefined;
  const objection = valueParameters[key].repeated?.objection;
  const wrong = all.find(({ value = '' }) => objection?.(value) !== undefined);
  if (wrong !== undefined) {
    return {
      code: 'kernel-argument-invalid',
      why: `the kernel argument ${wrong.raw} has a double quote that is not closed`,
      next: `Give the value ${waysToGive(key, sources)}.`,
      dismissible: true,
    };
  }
  if (all.some(({ value }) => value)) return undefined;
  return {
    code: 'kernel-argument-empty',
    why: `the kernel argument ${name}= has no value`,
    next: `Give the value ${waysToGive(key, sources)}, or remove the argument.`,
    dismissible: true,
  };
}

/** Of several, the first one gives the code. */
function refusal(
  refused: readonly (Extract<Verdict, { why: string }> & { readonly name: string })[],
  directory: string,
): ParameterError {
  const dismissible = refused.filter((one) => one.dismissible).map(({ name }) => name);
  const file = parameterFilePath('ignoredArguments', directory);
  const names = dismissible.join(' ');
  const advice = new Set(refused.map(({ next }) => next));
  if (names !== '') {
    const what = dismissible.length > 1 ? 'them' : 'it';
    advice.add(`To install without ${what}: echo ${shellQuote(names)} >> ${file}; then try again.`);
  }
  return new ParameterError({
    code: refused[0]?.code ?? 'kernel-argument-invalid',
    failed: 'Cannot install',
    why: refused.map(({ why }) => why).join('; '),
    next: [...advice].join(' '),
  });
}
