import { type Command as Commander, InvalidArgumentError } from 'commander';
import { fetchingKeys, type Resolved } from '../parameters/parameters.ts';
import { findSome } from '../parameters/resolve.ts';
import { defaultStream, type StreamPlace, streamPlace } from '../streams/stream-place.ts';
import { addParameterOptions, text } from './option-values.ts';

/** Which stream, as it was typed. */
export interface StreamOptions {
  readonly stream: string;
  readonly streamBaseUrl?: string;
}

export function addStreamOptions(commander: Commander): void {
  commander
    .option(
      '-s, --stream <name>',
      'stable, testing, next, or the URL of a stream',
      text,
      defaultStream,
    )
    .option('--stream-base-url <url>', 'where streams are looked up by name', text);
}

/** How files are fetched, for commands that do so outside of an installation. */
export function addFetchOptions(commander: Commander): void {
  addParameterOptions(commander, fetchingKeys);
  commander.option(
    '--fetch-retries <n>',
    'number of retries, or infinite, instead of --retry-for',
    retries,
  );
}

/** Throws `ParameterError` for what names no stream. */
export function placeOf(options: StreamOptions): StreamPlace {
  const { stream, streamBaseUrl } = findSome(['stream', 'streamBaseUrl'], {
    options,
    files: { directory: '' },
    kernel: [],
  });
  return streamPlace(stream?.value ?? defaultStream, streamBaseUrl?.value);
}

export function fromOption(value: string, name: string): Resolved<string> {
  return { value, origin: { kind: 'option', name } };
}

/** A number, or Infinity. */
export function retries(value: string): number {
  if (value === 'infinite') return Number.POSITIVE_INFINITY;
  if (/^\d{1,6}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a number, or infinite.');
}
