import { entryOf } from '../../../lib/entry-of.ts';
import { dataUrlFault } from './data-url.ts';

/** The schemes a source may have, each with the minor version that introduced it. */
const schemes: Readonly<Record<string, number>> = {
  http: 0,
  https: 0,
  tftp: 0,
  s3: 0,
  data: 0,
  gs: 2,
  arn: 4,
};

/** The scheme in lower case; empty when there is none. */
export function schemeOf(url: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
}

/** What is wrong with a source as Ignition 3.`minor` reads it. Empty means empty contents. */
export function objectionToSource(url: string, minor: number): string | undefined {
  if (url === '') return undefined;
  const scheme = schemeOf(url);
  if (scheme === '') return `it is not a URL; it must begin with ${list(minor)}`;
  const first = entryOf(schemes, scheme);
  if (first === undefined)
    return `${scheme.slice(0, 20)}: is not supported; it must begin with ${list(minor)}`;
  if (first > minor) return `${scheme}: needs version 3.${first}.0 or later`;
  if (scheme === 'data') return dataUrlFault(url);
  const fault = (scheme === 'arn' ? arnFault(url) : undefined) ?? urlFault(url);
  if (fault !== undefined || !['s3', 'arn'].includes(scheme)) return fault;
  const version = new URLSearchParams(/^[^?#]*\?([^#]*)/.exec(url)?.[1]).get('versionId');
  return version === '' ? 'its versionId is empty' : undefined;
}

function list(minor: number): string {
  const names = Object.keys(schemes).filter((name) => (schemes[name] ?? 0) <= minor);
  return `${names.slice(0, -1).join(':, ')}: or ${names.at(-1)}:`;
}

const wrongEscape = /%(?![0-9a-f]{2})/i;

/** What is wrong with a URL that has a scheme (RFC 3986, as laxly as Ignition reads it). */
export function urlFault(url: string): string | undefined {
  const [beforeFragment = '', fragment = ''] = url.split(/#(.*)/s);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x1f\x7f]/.test(beforeFragment)) return 'it contains a control character';
  if (wrongEscape.test(fragment)) return 'a % in it is not followed by two hexadecimal digits';
  const rest = beforeFragment.slice(beforeFragment.indexOf(':') + 1).replace(/\?.*/, '');
  if (!rest.startsWith('/')) return undefined;
  const [, hostPart = '', path = ''] = /^(?:\/\/([^/]*))?(.*)$/.exec(rest) ?? [];
  if (wrongEscape.test(path)) return 'a % in it is not followed by two hexadecimal digits';
  const at = hostPart.lastIndexOf('@');
  if (at >= 0 && !/^(?:[\w\-.:~!$&'()*+,;=@]|%[0-9a-f]{2})*$/i.test(hostPart.slice(0, at)))
    return 'its user name or password contains a character that must be written with %';
  return hostFault(hostPart.slice(at + 1));
}

function hostFault(host: string): string | undefined {
  const [, name = host, port = ''] =
    (host.startsWith('[') ? /^(.*?)(:[^\]]*)?$/s : /^(.*?)(:[^:]*)?$/s).exec(host) ?? [];
  const zone = /^\[.*%25/s.test(name) ? /%[0-9a-f]{2}/gi : /%([89a-f][0-9a-f]|25)/gi;
  const closed = !name.startsWith('[') || name.endsWith(']');
  return closed && /^(:\d*)?$/.test(port) && !/[%\s\\^`{|}]/.test(name.replace(zone, ''))
    ? undefined
    : 'its host name or port is invalid';
}

/** `arn:aws:s3:::bucket/key`, or an access point's. */
function arnFault(url: string): string | undefined {
  const [, , service, , , ...resource] = url.split(':');
  if (service !== 's3') return 'it is not an ARN of S3';
  return /^(accesspoint\/[^/]*|(?!accesspoint\/)[^/]*)\//.test(resource.join(':'))
    ? undefined
    : 'it does not name a bucket and a key';
}
