import { type Command as Commander, InvalidArgumentError } from 'commander';
import type { Resolved } from '../parameters/parameters.ts';
import { type StreamPlace, streamPlace } from '../streams/stream-place.ts';
import { duration, text } from './option-values.ts';

/** Which stream is meant, as it was typed. */
export interface StreamOptions {
  readonly stream: string;
  readonly streamBaseUrl?: string;
}

export function addStreamOptions(commander: Commander): void {
  commander
    .option('-s, --stream <name>', 'stable, testing, next, or the URL of a stream', text, 'stable')
    .option('--stream-base-url <url>', 'where streams are looked up by name', text);
}

/** How files are fetched, for commands that do so outside of an installation. */
export function addFetchOptions(commander: Commander): void {
  commander
    .option('--retry-for <time>', 'wait for a server: 90s, 5m; 0: forever (60s)', duration)
    .option('--fetch-retries <n>', 'the same, as a number of retries, or infinite', retries)
    .option('--proxy <url>', 'fetch through this HTTP proxy: http://host:3128', text)
    .option('--noproxy <list>', 'hosts, domains, networks to reach without a proxy', text)
    .option('--ca-file <file>', 'also trust the CA certificates in this file (PEM)', text)
    .option('--cert <file>', 'client certificate, if servers ask for one (PEM)', text)
    .option('--key <file>', 'its private key, if that is in another file', text)
    .option('--header-file <file>', 'HTTP header fields to send, one per line (tokens)', text);
}

export function placeOf({ stream, streamBaseUrl }: StreamOptions): StreamPlace {
  return streamPlace(
    fromOption(stream, '--stream'),
    streamBaseUrl === undefined ? undefined : fromOption(streamBaseUrl, '--stream-base-url'),
  );
}

export function fromOption(value: string, name: string): Resolved<string> {
  return { value, origin: { kind: 'option', name } };
}

/** How often it is tried again: a number, or Infinity. */
function retries(value: string): number {
  if (value === 'infinite') return Number.POSITIVE_INFINITY;
  if (/^\d{1,6}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It is a number, or infinite.');
}
