/** A URL, and the interface through which its host is reached. */
export interface ParsedUrl {
  /** Without the zone, which means nothing to the host itself. */
  readonly url: URL;
  /** `eth0` of `http://[fe80::1%25eth0]/`: link-local addresses of IPv6 mean nothing without one. */
  readonly zone: string | undefined;
}

/** The zone of an IPv6 address in a URL: RFC 6874 writes `%25`, people write `%`. */
const zonePattern =
  /^(?<before>[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?\[[0-9a-f:.]+)%(?:25(?!\]))?(?!25\])(?<zone>[A-Za-z0-9._~:@-]+)(?=\])/i;

/** Parses a URL, also one with a zone, which `URL` refuses. Undefined for what is no URL. */
export function parseUrl(text: string, base?: string): ParsedUrl | undefined {
  const { before, zone } = zonePattern.exec(text)?.groups ?? {};
  const plain = before === undefined ? text : text.replace(zonePattern, before);
  const url = URL.parse(plain, base);
  return url === null ? undefined : { url, zone };
}

/** Whether the host is a link-local address of IPv6 (RFC 4291 section 2.5.6). */
export function isLinkLocal({ hostname }: URL): boolean {
  return /^\[fe[89ab][0-9a-f]:/i.test(hostname);
}

/** The user name and password in a URL as the value of an Authorization field, where there are any. */
export function basicCredentials({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
