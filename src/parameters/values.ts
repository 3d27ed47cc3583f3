import { resolve as absolutePath, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ParameterError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { parseUrl } from '../lib/url.ts';
import { describeOrigin, type IgnitionCheck, ignitionChecks, type Resolved } from './parameters.ts';
import { objectionToPasted, objectionToPlaceholder } from './pasted.ts';
import { nearestPlatform, platforms } from './platforms.ts';

/**
 * Turns `vda`, `/dev/vda` or `disk/by-id/…` into an absolute path, by text alone. A name that is
 * empty, climbs with `..`, or holds blanks or control characters is a `ParameterError`.
 */
export function checkDevice({ value, origin }: Resolved<string>): Resolved<string> {
  const refuse = (why: string) =>
    new ParameterError({
      code: 'invalid-device',
      failed: `Cannot use ${JSON.stringify(value)} from ${describeOrigin(origin)} as the target device`,
      why,
      next: 'Give a device such as vda, /dev/vda or disk/by-id/…; lsblk lists them.',
    });
  if (value === '') throw refuse('it is empty');
  const pasted = objectionToPasted(value);
  if (pasted !== undefined) throw refuse(pasted);
  if (value.split(/[\s,;]+/).filter(Boolean).length > 1)
    throw refuse('it names more than one device, and an image goes onto one');
  if (/[\s\p{Cc}]/u.test(value))
    throw refuse('a device name holds no blanks or control characters');
  if (value.split('/').includes('..')) throw refuse('a device name does not climb with ..');
  const path = posix.resolve('/dev', value);
  if (path === '/' || path === '/dev') throw refuse('it names a directory');
  return { value: path, origin };
}

/**
 * Checks where an image or a config comes from: an http, https or file URL comes back as it is, a
 * path is made absolute. Anything else is a `ParameterError`, also a relative path to no file.
 */
export function checkLocation(
  { value, origin }: Resolved<string>,
  purpose: string,
  fileExists: (path: string) => boolean,
): Resolved<string> {
  const why = objection(value, fileExists);
  if (why === undefined) return { value: isUrl(value) ? value : absolutePath(value), origin };
  throw new ParameterError({
    code: 'invalid-url',
    failed: `Cannot use ${JSON.stringify(maskUrl(value))} from ${describeOrigin(origin)} as ${purpose}`,
    why,
    next: 'Give an http://, https:// or file:// URL, or the path of a file.',
  });
}

const isUrl = (text: string) => /^(https?|file):/i.test(text);

function objection(value: string, fileExists: (path: string) => boolean): string | undefined {
  if (value === '') return 'it is empty';
  if (/\p{Cc}/u.test(value)) return 'it holds control characters';
  const pasted = fileExists(value) ? undefined : objectionToPasted(value);
  if (pasted !== undefined) return pasted;
  if (isUrl(value)) return objectionToPlaceholder(value) ?? objectionToUrl(value);
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(value)?.[0];
  if (scheme !== undefined) return `${scheme} is not supported`;
  if (fileExists(value)) return undefined;
  if (value.startsWith('//')) return 'it has no http: or https: before the //';
  if (!value.startsWith('/')) return 'it is neither a whole URL nor an existing file';
  return undefined;
}

function objectionToUrl(value: string): string | undefined {
  if (!/^[a-z]+:\/\//i.test(value)) return 'two slashes must follow its first colon';
  if (/\s/.test(value)) return 'a URL holds no blanks (write %20)';
  // The URL parser would take the first name of the path for the host.
  if (/^https?:\/\/[/\\?#]/i.test(value) || parseUrl(value) === undefined)
    return 'it is not a valid URL';
  if (!/^file:/i.test(value)) return undefined;
  try {
    fileURLToPath(value);
    return undefined;
  } catch {
    return 'a file URL looks like file:///path/to/file';
  }
}

/** How a config that is wrong is taken: error, warn or off. */
export function checkIgnitionCheck({ value, origin }: Resolved<string>): Resolved<IgnitionCheck> {
  const check = ignitionChecks.find((known) => known === value);
  if (check !== undefined) return { value: check, origin };
  throw new ParameterError({
    code: 'invalid-config-check',
    failed: `Cannot use ${JSON.stringify(value)} from ${describeOrigin(origin)} as the check of the Ignition config`,
    why: 'it is not error, warn or off',
    next: 'Give error to stop at every error, warn to stop only when it is no Ignition config, or nothing to stop at what will surely fail.',
  });
}

/**
 * A platform id becomes a part of the kernel command line, where Ignition fails at one that it does
 * not know: no config, and nobody can log in. What is near a known one, or says that there is none, is
 * refused. Ignition learns new ones with each release: any other is taken, with a note.
 */
export function checkPlatformId(given: Resolved<string>, notes: string[]): Resolved<string> {
  const { value, origin } = given;
  if (platforms.includes(value)) return given;
  const refuse = (why: string, next: string) =>
    new ParameterError({
      code: 'invalid-platform',
      failed: `Cannot use ${JSON.stringify(value)} from ${describeOrigin(origin)} as the Ignition platform`,
      why,
      next,
    });
  if (!/^[A-Za-z0-9._-]+$/.test(value)) {
    throw refuse(
      'a platform id holds only letters, digits, dots, hyphens and underscores',
      'Give an id such as metal, qemu or openstack.',
    );
  }
  const near = nearestPlatform(value);
  if (near !== undefined)
    throw refuse(`Ignition has no such platform; the nearest is ${near}`, `Give ${near}.`);
  if (/^(none|no|off|skip|auto|default|null|undefined)$/i.test(value)) {
    throw refuse(
      'it is no platform',
      'Leave it out to keep the image’s own, or give metal for a machine without a cloud.',
    );
  }
  notes.push(
    `The Ignition platform ${value} is not known here: if the image’s Ignition does not know it either, the first boot fails.`,
  );
  return given;
}
