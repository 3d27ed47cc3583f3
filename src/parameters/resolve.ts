import { existsSync } from 'node:fs';
import { ParameterError } from '../lib/errors.ts';
import { find, findFlag, isStreamUsed, type Sources, waysToGive } from './find.ts';
import { noteOverridden } from './given.ts';
import { judgeArguments } from './judge-arguments.ts';
import { firstBootArguments } from './network.ts';
import { overriddenLists } from './overridden-lists.ts';
import type { CheckContext } from './parameter-kinds.ts';
import {
  type Fetching,
  type Flag,
  type FlagKey,
  fetchingKeys,
  flagKeys,
  neededKeys,
  type Parameters,
  type Resolved,
  type ValueKey,
  valueKeys,
  valueParameters,
} from './parameters.ts';
import { isOfSkippedConfig, signatureFlags } from './verification.ts';

export { describeParameters } from './describe.ts';
export type { Origin, ParameterOptions, Parameters, Resolved } from './parameters.ts';
export { rememberParameters } from './remember.ts';

export interface ParameterSources extends Sources {
  /** Tells a relative path from a relative URL. */
  readonly fileExists?: (path: string) => boolean;
}

/**
 * Decides what is installed where: an option wins over a file, a file over a kernel argument, and that
 * over a config file of the medium.
 * Whatever is missing, wrong or not understood is a `ParameterError` that says how to give it.
 */
export function resolveParameters(sources: ParameterSources): Parameters {
  const { fileExists = existsSync } = sources;
  const notes = [...judgeArguments(sources), ...overriddenLists(sources)];
  const given = withOneImage(findValues(valueKeys, sources, notes), notes);
  refuseMissing(given, sources);
  const { ignitionUrl, ...others } = given;
  if (ignitionUrl === undefined) notes.push(noConfig(sources));
  const skipIgnition: Flag =
    ignitionUrl?.value === 'skip' ? { value: true, origin: ignitionUrl.origin } : undefined;
  const firstBoot = firstBootArguments(sources, given.appendKarg);
  notes.push(...firstBoot.notes);
  const values = checkValues(valueKeys, skipIgnition ? others : given, { fileExists, notes });
  const isSkipped =
    values.ignitionHash && isOfSkippedConfig(values.ignitionHash, ignitionUrl, sources, notes);
  const flags = Object.fromEntries(flagKeys.map((key) => [key, findFlag(key, sources)]));
  return {
    ...values,
    ...(flags as Pick<Parameters, FlagKey>),
    ...signatureFlags(sources, notes),
    ...(isSkipped && { ignitionHash: undefined }),
    skipIgnition,
    ...firstBoot,
    notes,
  };
}

/** An image and a stream exclude each other: the one whose origin comes first, else the image. */
function withOneImage(given: Given, notes: string[]): Given {
  const { stream, imageUrl } = given;
  if (stream === undefined || imageUrl === undefined) return given;
  const winner = isStreamUsed(stream, imageUrl) ? stream : imageUrl;
  const loser = winner === stream ? imageUrl : stream;
  notes.push(...noteOverridden(winner.origin, loser.origin));
  return { ...given, ...(winner === stream ? { imageUrl: undefined } : { stream: undefined }) };
}

/** How things are to be fetched, checked as far as text can be checked. */
export function findFetching(sources: ParameterSources): Fetching {
  return findSome(fetchingKeys, sources);
}

/** Some of the parameters alone, for commands that install nothing. */
export function findSome<Key extends ValueKey>(
  keys: readonly Key[],
  sources: ParameterSources,
): Pick<Parameters, Key> {
  const context = { fileExists: sources.fileExists ?? existsSync, notes: [] };
  return checkValues(keys, findValues(keys, sources, []), context);
}

type Given = { readonly [Key in ValueKey]?: Resolved<string> | undefined };

function findValues(keys: readonly ValueKey[], sources: Sources, notes: string[]): Given {
  return Object.fromEntries(keys.map((key) => [key, find(key, sources, notes)]));
}

/** Those that are needed must be given. */
function checkValues<Key extends ValueKey>(
  keys: readonly Key[],
  given: Given,
  context: CheckContext,
): Pick<Parameters, Key> {
  const checked = keys.map((key) => {
    const one = given[key];
    const value = one && valueParameters[key].check(one, context);
    return [key, one && { ...one, value }] as const;
  });
  return Object.fromEntries(checked) as Pick<Parameters, Key>;
}

function refuseMissing(given: Given, sources: Sources): void {
  const isThere = (key: string | undefined) =>
    key !== undefined && given[key as ValueKey] !== undefined;
  const missing = neededKeys.filter(
    (key) => !isThere(key) && !isThere(valueParameters[key].instead),
  );
  if (missing.length === 0) return;
  const names = missing.map((key) => valueParameters[key].needed);
  throw new ParameterError({
    code: 'parameter-missing',
    failed: 'Cannot install',
    why: `${names.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing`,
    next: missing
      .map((key, index) => `Give ${names[index]} ${waysToGive(key, sources)}.`)
      .join(' '),
  });
}

function noConfig(sources: Sources): string {
  const none = sources.command === undefined ? '; skip in place of the URL means none' : '';
  return (
    'No Ignition config is given: nobody will be able to log in to the installed system. ' +
    `Give one ${waysToGive('ignitionUrl', sources)}${none}.`
  );
}
