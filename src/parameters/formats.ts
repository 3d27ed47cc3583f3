import { absolutePath } from '../lib/absolute-path.ts';
import { type Digest, parseDigest } from '../lib/digest.ts';
import { ParameterError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { parseDuration } from '../lib/quantities.ts';
import { describeOrigin, unusable } from './given.ts';
import { words } from './lists.ts';
import type { Check } from './parameter-kinds.ts';

export const checkText: Check<string> = ({ value }) => value;

/** A path means the same in another directory, where a second run may find it. */
export const checkPath: Check<string> = ({ value }) => absolutePath(value);

export const checkDigest =
  (purpose: string): Check<Digest> =>
  (given) => {
    const digest = parseDigest(given.value);
    if (digest !== undefined) return digest;
    throw unusable(given, purpose, {
      code: 'invalid-digest',
      why: 'it is not sha256: with 64 hexadecimal digits, or sha512: with 128',
      next: 'sha256sum FILE prints the digits.',
    });
  };

/** Stays text, as it was typed; `parseDuration` reads it. */
export const checkDuration: Check<string> = (given) => {
  if (parseDuration(given.value) !== undefined) return given.value;
  throw unusable(given, 'a time', {
    code: 'invalid-duration',
    why: 'it is not a number of seconds, minutes or hours',
    next: 'Use a format such as 90s, 5m or 2h, or 0 for forever.',
  });
};

/** The option is refused with the rest of the command line. */
export function objectionToDuration(text: string): string | undefined {
  return parseDuration(text) === undefined
    ? 'It must be a time such as 90s, 5m or 2h, or 0.'
    : undefined;
}

/**
 * What an invalid config leads to. `warn`: only what is no Ignition config of version 3 stops the
 * installation, everything else is a warning; `error`: every error stops it; `off`: nothing is
 * checked. By default an error stops it unless some release of Ignition may accept the config.
 */
export type IgnitionCheck = (typeof ignitionChecks)[number];
export const ignitionChecks = ['error', 'warn', 'off'] as const;

export const checkIgnitionCheck: Check<IgnitionCheck> = (given) => {
  const check = ignitionChecks.find((known) => known === given.value);
  if (check !== undefined) return check;
  throw unusable(given, 'the check of the Ignition config', {
    code: 'invalid-config-check',
    why: 'it is not error, warn or off',
    next: 'Use error to stop at every error, warn to stop only if it is no Ignition config, or nothing to stop if the first boot would fail.',
  });
};

/** Stays text, as it was typed; `parseProxy` reads it. */
export const checkProxy: Check<string> = ({ value, origin }) => {
  parseProxy(value, describeOrigin(origin));
  return value;
};

/**
 * The URL of a proxy; `host:3128` alone is an HTTP proxy, as for curl. `from` names where the text
 * came from, such as an environment variable. Throws `ParameterError` for anything else.
 */
export function parseProxy(text: string, from: string): URL {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const known = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (known && !/\s/.test(text)) return url;
  throw new ParameterError({
    code: 'invalid-proxy',
    failed: `Cannot use ${JSON.stringify(maskUrl(text))} from ${from} as a proxy`,
    why: 'it is not the http:// or https:// URL of one',
    next: 'Use the format http://host:3128. To log in, put user:password@ before the host.',
  });
}

/** URLs to notify of the result: one or more, separated by spaces. */
export const checkNotifyUrls: Check<string> = (given) => {
  const all = words.split(given.value);
  const wrong = all.length === 0 ? '' : all.find((url) => !isHttpUrl(url));
  if (wrong === undefined) return given.value;
  throw unusable({ ...given, value: wrong }, 'a URL to notify', {
    code: 'invalid-notify-url',
    why: 'it is not an http:// or https:// URL',
    next: 'Use the format http://host/path; write a space in it as %20.',
  });
};

/** The URL that gets the progress. */
export const checkProgressUrl: Check<string> = (given) => {
  if (isHttpUrl(given.value) && !/\s/.test(given.value)) return given.value;
  throw unusable(given, 'a URL for the progress', {
    code: 'invalid-progress-url',
    why: 'it is not an http:// or https:// URL',
    next: 'Use the format http://host/path; write a space in it as %20.',
  });
};

/** The id of an installation, in lower case. */
export const checkInstallId: Check<string> = (given) => {
  const id = installIdOf(given.value);
  if (id !== undefined) return id;
  throw unusable(given, 'an install id', {
    code: 'invalid-install-id',
    why: 'it is not a UUID, or the one of zeros',
    next: 'Give one that is used for this installation only; uuidgen prints a new one.',
  });
};

/** Undefined for a text that is no UUID, or only zeros. */
export function installIdOf(text: string): string | undefined {
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) && !/^[0-]+$/.test(text);
  return isUuid ? text.toLowerCase() : undefined;
}

export function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^/\\?#]/i.test(text) && URL.canParse(text);
}

/** The name of a stream, or the URL of its metadata; as it was typed. */
export const checkStream: Check<string> = (given) => {
  const { value } = given;
  if (/^https?:/i.test(value) ? isHttpUrl(value) : /^[a-z0-9][a-z0-9._-]*$/i.test(value))
    return value;
  throw unusable(given, 'a stream', {
    code: 'invalid-stream',
    why: 'it is neither a name of letters, digits, dots and hyphens, nor an http or https URL',
    next: 'Give stable, testing, next, or the URL of the metadata of a stream.',
  });
};

export const checkStreamBaseUrl: Check<string> = (given) => {
  if (isHttpUrl(given.value)) return given.value;
  throw unusable(given, 'the place of streams', {
    code: 'invalid-url',
    why: 'it is not an http:// or https:// URL',
    next: 'Use the format https://host/streams/; the metadata is fetched from there, as NAME.json.',
  });
};

export const checkArchitecture: Check<string> = (given) => {
  if (/^[a-z0-9_]{1,32}$/i.test(given.value)) return given.value;
  throw unusable(given, 'an architecture', {
    code: 'invalid-architecture',
    why: 'it has other characters than letters, digits and underscores',
    next: 'Give x86_64, aarch64, ppc64le or s390x, as uname -m prints it.',
  });
};

/**
 * What a machine with UEFI boots from now on. `disk-first`: the installed disk before everything else;
 * `once`: the installed disk the next time, and then as before; `keep`: as before.
 */
export type BootOrder = (typeof bootOrders)[number];
export const bootOrders = ['disk-first', 'once', 'keep'] as const;

export const checkBootOrder: Check<BootOrder> = (given) => {
  const order = bootOrders.find((known) => known === given.value);
  if (order !== undefined) return order;
  throw unusable(given, 'the boot order', {
    code: 'invalid-boot-order',
    why: 'it is not disk-first, once or keep',
    next: 'Use disk-first to boot the disk from now on, once to boot it the next time, or keep.',
  });
};
