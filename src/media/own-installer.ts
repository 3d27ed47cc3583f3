import { maskUrlsIn } from '../lib/mask-url.ts';
import { shellQuote } from '../lib/text.ts';
import { checkDeviceOrRule } from '../parameters/device-rule.ts';
import { type Configured, find, type Sources } from '../parameters/find.ts';
import { byDefault, type Resolved } from '../parameters/given.ts';
import type { KernelArgument } from '../parameters/kernel-cmdline.ts';
import { type ValueKey, valueKeys, valueParameters } from '../parameters/parameters.ts';
import { findSome } from '../parameters/resolve.ts';
import { unusable } from './wished-file.ts';

const nothing = { options: {}, files: { directory: '/tmp' }, kernel: [] };
/** Files of the medium are not here: a relative path looks like a URL without `http:`. */
const context = { fileExists: () => false, notes: [] };

/** Parameters of which one replaces the other, and all others by themselves. */
const replacing: readonly ValueKey[] = ['imageUrl', 'stream'];
const groups = [
  replacing,
  // Those that add up do not override each other.
  ...valueKeys
    .filter((key) => !replacing.includes(key) && !valueParameters[key].addsUp)
    .map((key) => [key]),
];
/** What is installed, and where. */
const decisive: ReadonlySet<ValueKey> = new Set(['device', 'ignitionUrl', 'imageUrl', 'stream']);

/**
 * What the installer of a medium would refuse, or do otherwise than its config files say, because of
 * the kernel arguments that the medium has. Returns what the user should know, a sentence each. Throws
 * `InputError`, and `ParameterError` for a value.
 */
export function checkConfigured(
  configured: Configured,
  kernel: readonly KernelArgument[],
): readonly string[] {
  checkValues(configured);
  return groups.flatMap((group) => {
    const said = firstOf(group, { ...nothing, configured });
    const winner = firstOf(group, { ...nothing, kernel });
    if (said === undefined || said.origin.name === byDefault || winner === undefined) return [];
    if (winner.key === said.key && plain(winner) === plain(said)) return [];
    const words = argumentsOf(group, kernel);
    if (group.some((key) => decisive.has(key))) throw contradiction(said, words);
    return [
      `${maskUrlsIn(words.join(' '))} among the kernel arguments overrides ${said.origin.name}.`,
    ];
  });
}

/** Throws what the check of a value throws. */
function checkValues(configured: Configured): void {
  const isSkipped = find('ignitionUrl', { ...nothing, configured }, [])?.value === 'skip';
  const keys = valueKeys.filter((key) => key !== 'ignitionUrl' || !isSkipped);
  findSome(keys, { ...nothing, configured, fileExists: context.fileExists });
}

interface Found extends Resolved<string> {
  readonly key: ValueKey;
}

function firstOf(group: readonly ValueKey[], sources: Sources) {
  return group
    .flatMap((key): Found[] => {
      const found = find(key, sources, []);
      return found === undefined ? [] : [{ ...found, key }];
    })
    .at(0);
}

/** Names of one disk may be the same, with and without `/dev/`. */
const plain = (found: Found) =>
  found.key === 'device' ? checkDeviceOrRule(found, context) : found.value;

/** All that give one of these parameters, as they are written: without the last one, that before it counts. */
function argumentsOf(group: readonly ValueKey[], kernel: readonly KernelArgument[]): string[] {
  const names = group.flatMap((key) => {
    const { argument, misspelledArgument } = valueParameters[key];
    return [argument, misspelledArgument];
  });
  return [
    ...new Set(
      kernel.filter(({ name, value }) => value && names.includes(name)).map(({ raw }) => raw),
    ),
  ];
}

function contradiction({ origin }: Found, words: readonly string[]) {
  const shown = words.map(maskUrlsIn);
  const isMasked = shown.join(' ') !== words.join(' ');
  const removal = isMasked
    ? '--live-karg-delete with what coreos-installer iso kargs show prints'
    : shown.map((word) => `--live-karg-delete ${shellQuote(word)}`).join(' ');
  return unusable(
    origin.name,
    `the kernel argument ${shown.join(' ')} of the medium overrides it`,
    `Use ${removal} for what the ISO has already, or leave one of them out.`,
  );
}
