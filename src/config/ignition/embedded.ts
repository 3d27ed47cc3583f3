import { createHash, X509Certificate } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { resourcesOf } from './resources.ts';
import type { Config } from './schema/config.ts';
import { dataOf } from './schema/data-url.ts';
import type { Objection } from './schema/rule.ts';

/** How much may still be unpacked and parsed; what is more is not checked. */
export interface Budget {
  leftBytes: number;
}

/** What is wrong with a config that is embedded in this one. */
export type CheckFurther = (
  bytes: Uint8Array,
) => { readonly message: string; readonly doubtful?: true | undefined } | undefined;

/**
 * What is wrong with contents that are in the config itself as `data:` URLs: all that Ignition does
 * with them on the first boot can be done now.
 */
export function* objectionsToEmbedded(
  config: Config,
  budget: Budget,
  checkFurther: CheckFurther,
): Generator<Objection> {
  for (const { path, purpose, resource } of resourcesOf(config)) {
    const { source = '', compression, verification } = resource;
    const asked = purpose !== 'contents' || compression || verification?.hash;
    const data = asked ? dataOf(source) : undefined;
    if (data === undefined) continue;
    const contents = compression === 'gzip' ? unpack(data, budget.leftBytes) : data;
    if (contents === 'too large') continue;
    if (contents === undefined) {
      yield [[...path, 'compression'], 'the data is not compressed with gzip'];
      continue;
    }
    if (compression === 'gzip') budget.leftBytes -= contents.length;
    const hash = verification?.hash;
    if (hash !== undefined && hashDiffers(hash, contents))
      yield [[...path, 'verification', 'hash'], 'the data has a different hash'];
    const untrusted = purpose === 'certificates' ? objectionToCertificates(contents) : undefined;
    if (untrusted !== undefined) yield [[...path, 'source'], untrusted];
    const wrong = purpose === 'config' ? checkFurther(contents) : undefined;
    if (wrong !== undefined)
      yield [
        [...path, 'source'],
        `the embedded config is invalid: ${wrong.message}`,
        wrong.doubtful,
      ];
  }
}

function unpack(data: Buffer, maxOutputLength: number): Buffer | 'too large' | undefined {
  try {
    return gunzipSync(data, { maxOutputLength: Math.max(1, maxOutputLength) });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? 'too large'
      : undefined;
  }
}

function hashDiffers(hash: string, contents: Buffer): boolean {
  const [, kind = '', digits = ''] = /^(sha256|sha512)-(.*)$/.exec(hash) ?? [];
  // A malformed one is reported elsewhere.
  if (digits.length !== (kind === 'sha256' ? 64 : 128)) return false;
  return createHash(kind).update(contents).digest('hex') !== digits.toLowerCase();
}

const certificate = /^-----BEGIN (X509 )?CERTIFICATE-----[\s\S]*?^-----END [^\n]*\n?/m;

/**
 * What is wrong with CA certificates. Since release 2.4, Ignition reads blocks up to the last byte:
 * text before a block is skipped, but what comes after the last one is an error.
 */
function objectionToCertificates(contents: Buffer): string | undefined {
  const parts = contents.toString('latin1').split(/^(?=-----BEGIN )/m);
  const blocks = parts.filter((part) => part.startsWith('-----BEGIN '));
  if (blocks.length === 0) return 'it contains no certificate in PEM format';
  const found = blocks.map((block) => certificate.exec(block)?.[0] ?? '');
  if (!found.every(isCertificate)) return 'it contains a PEM block that is not a valid certificate';
  return found.at(-1) !== blocks.at(-1)
    ? 'something follows the last certificate: Ignition refuses even an empty line there'
    : undefined;
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}
