import { ParameterError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import { describeOrigin, type Resolved } from './parameters.ts';

/** Checks the URLs that are told how the installation ended: one or more, with blanks between. */
export function checkNotifyUrls(given: Resolved<string> | undefined): Resolved<string> | undefined {
  const wrong = splitUrls(given?.value ?? '').find((url) => !isHttpUrl(url));
  if (given === undefined || wrong === undefined) return given;
  throw new ParameterError({
    code: 'invalid-notify-url',
    failed: `Cannot use ${JSON.stringify(maskUrl(wrong))} from ${describeOrigin(given.origin)} as a URL to notify`,
    why: 'it is not an http:// or https:// URL',
    next: 'Write it as http://host/path; a blank in it is written as %20.',
  });
}

export function splitUrls(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

export function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^/\\?#]/i.test(text) && URL.canParse(text);
}
