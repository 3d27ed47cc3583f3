import * as v from 'valibot';
import { entryOf } from '../../../lib/entry-of.ts';
import { objectionToSource, schemeOf } from './resource-url.ts';
import { type Objection, required, rules, since, text, unique } from './rule.ts';

const header = v.object({
  name: required,
  value: v.optional(v.pipe(v.string(), v.nonEmpty('it is empty'))),
});

/**
 * The number of hexadecimal digits of each kind of hash, and the minor version that introduced it.
 */
const hashes: Readonly<Record<string, { readonly length: number; readonly minor: number }>> = {
  sha512: { length: 128, minor: 0 },
  sha256: { length: 64, minor: 1 },
};

export interface ResourceOptions {
  /** Whether the source must be given. */
  readonly needed?: boolean;
  /** The minor version since which the resource may be compressed. */
  readonly compressedSince?: number;
}

/** Something to be fetched: contents, a config, a certificate, a key. */
export function resource(minor: number, { needed, compressedSince = 0 }: ResourceOptions = {}) {
  const entries = {
    source: text,
    ...since(minor, compressedSince, { compression: text }),
    ...since(minor, 1, {
      httpHeaders: v.optional(
        v.pipe(
          v.array(header),
          unique('header', ({ name }) => name),
        ),
      ),
    }),
    verification: v.optional(v.object({ hash: text })),
  };
  return v.pipe(
    v.object(entries),
    rules(function* (resource) {
      if (needed && !resource.source) yield [['source'], 'it is missing'];
      yield* objections(resource, minor);
    }),
  );
}

export interface Resource {
  readonly source?: string | undefined;
  readonly compression?: string | undefined;
  readonly httpHeaders?: readonly unknown[] | undefined;
  readonly verification?: { readonly hash?: string | undefined } | undefined;
}

function* objections(resource: Resource, minor: number): Generator<Objection> {
  const { source, compression, httpHeaders = [], verification: { hash } = {} } = resource;
  const scheme = schemeOf(source ?? '');
  if (source !== undefined) {
    const message = objectionToSource(source, minor);
    if (message !== undefined) yield [['source'], message];
  }
  if (compression !== undefined && !['', 'gzip'].includes(compression))
    yield [['compression'], 'the only supported compression is gzip'];
  if (compression === 'gzip' && ['s3', 'arn'].includes(scheme))
    yield [['compression'], 'a file from S3 cannot be compressed'];
  if (httpHeaders.length > 0 && !['http', 'https'].includes(scheme))
    yield [['httpHeaders'], 'headers are only sent to http: and https:'];
  if (hash === undefined) return;
  const place = ['verification', 'hash'];
  const message = source === undefined ? 'a hash needs a source' : objectionToHash(hash, minor);
  if (message !== undefined) yield [place, message];
}

function objectionToHash(hash: string, minor: number): string | undefined {
  const [, kind = '', digits = ''] = /^([^-]*)-(.*)$/s.exec(hash) ?? [];
  const known = entryOf(hashes, kind);
  if (known === undefined)
    return minor >= 1
      ? 'a hash must begin with sha256- or sha512-'
      : 'a hash must begin with sha512- in this version';
  if (known.minor > minor) return `${kind} needs version 3.${known.minor}.0 or later`;
  if (digits.length !== known.length || !/^[0-9a-f]*$/i.test(digits))
    return `${kind}- must be followed by ${known.length} hexadecimal digits`;
  return undefined;
}
