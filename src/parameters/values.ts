import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { absolutePath } from '../lib/absolute-path.ts';
import { isPlaceholder } from '../lib/text.ts';
import { typographicQuote, unseenBlank, unseenName } from '../lib/unseen.ts';
import { parseUrl } from '../lib/url.ts';
import { type Resolved, unusable } from './given.ts';
import type { Check } from './parameter-kinds.ts';

/**
 * Turns `vda`, `/dev/vda` or `disk/by-id/…` into an absolute path, by text alone. A name that is
 * empty, has `..` in it, spaces or control characters is a `ParameterError`.
 */
export const checkDevice: Check<string> = (given) => {
  const { value } = given;
  const refuse = (why: string) =>
    unusable(given, 'the target device', {
      code: 'invalid-device',
      why,
      next: 'Give a device such as vda, /dev/vda or disk/by-id/…; lsblk lists them.',
    });
  if (value === '') throw refuse('it is empty');
  const pasted = objectionToPasted(value);
  if (pasted !== undefined) throw refuse(pasted);
  if (value.split(/[\s,;]+/).filter(Boolean).length > 1)
    throw refuse('it names more than one device, but an image is written to one');
  if (/[\s\p{Cc}]/u.test(value))
    throw refuse('a device name must not contain spaces or control characters');
  if (value.split('/').includes('..')) throw refuse('a device name must not contain ".."');
  const path = posix.resolve('/dev', value);
  if (path === '/' || path === '/dev') throw refuse('it names a directory');
  return path;
};

/** Where the image is; a slash at the end of a URL is ignored. */
export const checkImage: Check<string> = ({ value, origin }, { fileExists }) => {
  const given = { value: value.replace(/(?<!:\/)\/$/, ''), origin };
  return checkLocation(given, 'the image', fileExists).value;
};

export const locationOf =
  (purpose: string): Check<string> =>
  (given, { fileExists }) =>
    checkLocation(given, purpose, fileExists).value;

/**
 * Checks where an image or a config comes from: an http, https or file URL is returned as it is, a
 * path is made absolute. Anything else is a `ParameterError`, also a relative path to no file.
 */
export function checkLocation(
  given: Resolved<string>,
  purpose: string,
  fileExists: (path: string) => boolean,
): Resolved<string> {
  const { value, origin } = given;
  const why = objection(value, fileExists);
  if (why === undefined)
    return { value: isUrl(value) || isLabelled(value) ? value : absolutePath(value), origin };
  throw unusable(given, purpose, {
    code: 'invalid-url',
    why,
    next: 'Give an http://, https:// or file:// URL, or the path of a file.',
  });
}

const isUrl = (text: string) => /^(https?|file):/i.test(text);
/** `label:NAME/PATH`: a file system that is found by its label; `medium:/PATH`: the installer’s own. */
const isLabelled = (text: string) => /^(label:[^/]+|medium:)\/+[^/]/.test(text);

function objection(value: string, fileExists: (path: string) => boolean): string | undefined {
  if (value === '') return 'it is empty';
  if (/\p{Cc}/u.test(value)) return 'it contains control characters';
  const pasted = fileExists(value) ? undefined : objectionToPasted(value);
  if (pasted !== undefined) return pasted;
  if (isUrl(value)) return objectionToUrl(value);
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(value)?.[0];
  if (scheme !== undefined) return `${scheme} is not supported`;
  if (isLabelled(value)) return undefined;
  if (/^(label|medium):/.test(value))
    return 'a file on a file system is written as label:NAME/PATH, one on the installation medium as medium:/PATH';
  if (fileExists(value)) return undefined;
  if (value.startsWith('//')) return 'it has no http: or https: before the //';
  if (!value.startsWith('/')) return 'it is neither a complete URL nor an existing file';
  return undefined;
}

function objectionToUrl(value: string): string | undefined {
  if (isPlaceholder(value)) return 'it contains a placeholder that was not filled in';
  if (!/^[a-z]+:\/\//i.test(value)) return 'two slashes must follow its first colon';
  if (/\s/.test(value)) return 'a URL must not contain spaces (write %20)';
  // The URL parser would use the first part of the path as the host.
  if (/^https?:\/\/[/\\?#]/i.test(value) || parseUrl(value) === undefined)
    return 'it is not a valid URL';
  if (!/^file:/i.test(value)) return undefined;
  try {
    fileURLToPath(value);
    return undefined;
  } catch {
    return 'the format of a file URL is file:///path/to/file';
  }
}

/** Characters from copy and paste: invisible ones, and typographic quotes around a value. */
function objectionToPasted(value: string): string | undefined {
  const characters = [...value];
  const at = characters.findIndex(
    (character, index) =>
      unseenBlank.test(character) ||
      ((index === 0 || index === characters.length - 1) && typographicQuote.test(character)),
  );
  const name = unseenName(characters[at] ?? '');
  return name && `its character ${at + 1} is ${name}; retype it`;
}
