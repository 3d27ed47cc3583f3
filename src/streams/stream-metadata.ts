import * as v from 'valibot';
import { fetchAll } from '../fetch/fetch-all.ts';
import { openSource } from '../fetch/open-source.ts';
import { type SourceOptions, withoutCredentials } from '../fetch/source.ts';
import { InputError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { parseUrl } from '../lib/url.ts';
import type { StreamPlace } from './stream-place.ts';

/** One file of a stream. */
export interface StreamFile {
  /** `disk`, or one of several of a format: `kernel`, `initramfs`, `rootfs`. */
  readonly kind: string;
  readonly url: string;
  /** Undefined where the metadata names none. */
  readonly signatureUrl: string | undefined;
  /** Whether one of both is on another server than the metadata: it gets no credentials. */
  readonly isElsewhere: boolean;
  /** Of the file as served; lower-case hexadecimal. */
  readonly sha256: string | undefined;
}

/** What exists for one architecture and platform, in one format. */
export interface StreamArtifact {
  readonly architecture: string;
  readonly platform: string;
  readonly format: string;
  /** The version of the operating system. */
  readonly release: string | undefined;
  /** In order of their kind; never empty. */
  readonly files: readonly StreamFile[];
}

/** A stream's metadata, sorted by architecture, platform and format. */
export interface Stream {
  readonly name: string;
  readonly artifacts: readonly StreamArtifact[];
}

/** A name becomes a part of messages, and is compared with that of the stream. */
const name = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/, 'it is not a name'));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/i, 'it is not a SHA-256'));

const file = v.object({
  location: v.string(),
  signature: v.optional(v.string()),
  sha256: v.optional(sha256),
});

/** `metadata` and whatever else a later version has is left alone. */
const schema = v.object({
  stream: name,
  architectures: v.record(
    name,
    v.object({
      artifacts: v.record(
        name,
        v.object({
          release: v.optional(name),
          formats: v.record(name, v.record(name, file)),
        }),
      ),
    }),
  ),
});

/**
 * Reads the metadata of a stream, as Fedora CoreOS publishes it
 * (https://github.com/coreos/stream-metadata-go). It comes from the network: whatever is not as
 * described, or names a URL that must not be fetched, is an `InputError` that names the place.
 */
export function readStream(bytes: Uint8Array, place: StreamPlace): Stream {
  const parsed = v.safeParse(schema, parseJson(bytes, place));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw unusable(place, `${v.getDotPath(issue) ?? 'it'}: ${describe(issue)}`);
  }
  const { stream, architectures } = parsed.output;
  // Such as the metadata of `testing` in the place of `stable`.
  if (place.isNamed && stream !== place.name)
    throw unusable(place, `it is of the stream ${stream}`);
  const artifacts = Object.entries(architectures).flatMap(([architecture, { artifacts }]) =>
    Object.entries(artifacts).flatMap(([platform, { release, formats }]) =>
      Object.entries(formats)
        .filter(([, files]) => Object.keys(files).length > 0)
        .map(([format, files]) => ({
          ...{ architecture, platform, format, release },
          files: Object.entries(files)
            .map(([kind, one]) => toFile(kind, one, [architecture, platform, format], place))
            .toSorted((a, b) => compare(a.kind, b.kind)),
        })),
    ),
  );
  return { name: stream, artifacts: artifacts.toSorted(byNames) };
}

function toFile(
  kind: string,
  { location, signature, sha256 }: v.InferOutput<typeof file>,
  path: readonly string[],
  place: StreamPlace,
): StreamFile {
  const where = [...path, kind].join('.');
  const url = checkUrl(location, `${where}.location`, place);
  const signatureUrl =
    signature === undefined ? undefined : checkUrl(signature, `${where}.signature`, place);
  const isElsewhere =
    place.isDefault ||
    [url, signatureUrl ?? url].some((one) => originOf(one) !== originOf(place.url));
  return { kind, url, signatureUrl, isElsewhere, sha256: sha256?.toLowerCase() };
}

const originOf = (url: string) => parseUrl(url)?.url.origin;

function checkUrl(text: string, where: string, place: StreamPlace): string {
  const protocol = parseUrl(text)?.url.protocol;
  if (protocol === 'https:' || (protocol === 'http:' && place.allowsHttp)) return text;
  const why =
    protocol === 'http:'
      ? 'is fetched without TLS, although the metadata is not'
      : 'is not an https URL';
  throw unusable(place, `${where}: ${JSON.stringify(maskUrl(text))} ${why}`);
}

function parseJson(bytes: Uint8Array, place: StreamPlace): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw unusable(place, 'it is not JSON', error);
  }
}

/** Without what was received: that would be the server's text in our sentence. */
function describe({ kind, type, expected, message }: v.BaseIssue<unknown>): string {
  return kind === 'validation' && type === 'regex' ? message : `it is not ${expected ?? type}`;
}

function unusable(place: StreamPlace, why: string, cause?: unknown): InputError {
  return new InputError(
    {
      code: 'stream-invalid',
      failed: `Cannot use ${maskUrl(place.url)} as stream metadata`,
      why,
      next: 'Check the URL, or give an image with --image-url.',
    },
    { cause },
  );
}

function byNames(a: StreamArtifact, b: StreamArtifact): number {
  return (
    compare(a.architecture, b.architecture) ||
    compare(a.platform, b.platform) ||
    compare(a.format, b.format)
  );
}

/** By code units: the same order on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Those of Fedora CoreOS have some 100 KiB. */
export const streamLimitBytes = 4 * 1024 * 1024;

/** Fetches a stream's metadata, by one request; nothing of it is kept for a later run. */
export async function fetchStream(
  place: StreamPlace,
  options: SourceOptions,
  signal: AbortSignal,
): Promise<Stream> {
  const sent = place.isDefault ? withoutCredentials(options) : options;
  const source = openSource(place.url, { ...sent, purpose: 'stream' });
  return readStream(await fetchAll(source, streamLimitBytes, signal), place);
}
