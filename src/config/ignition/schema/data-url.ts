/** RFC 2045 `token` without the percent sign, which begins an escape in a value. */
const tokenCharacter = "!#$&'*+\\-.0-9A-Z^_`a-z{|}~";
const escaped = '%[0-9a-fA-F]{2}';
const value = `(?:[${tokenCharacter}]|${escaped})+`;
const quoted = `"(?:[^"\\\\\\0-\\x1f\\x7f-\\uffff]|\\\\(?:[abfnrtv"\\\\]|x[0-9a-fA-F]{2}))*"`;
const beginning = new RegExp(
  `^data:(?:(application|audio|image|message|multipart|text|video|[xX]-)[${tokenCharacter}%]*/[${tokenCharacter}%]*)?` +
    `(?:;[${tokenCharacter}%]+=(?:${value}|${quoted}))*(;base64)?,`,
);

/** What is wrong with a `data:` URL (RFC 2397, as strictly as Ignition reads it). */
export function dataUrlFault(url: string): string | undefined {
  if (!url.startsWith('data:')) return 'data: must be in lower case';
  const found = beginning.exec(url);
  if (found === null)
    return 'between data: and the comma, only a media type such as text/plain and ;base64 are allowed';
  const data = url.slice(found[0].length);
  return found[2] === undefined ? textFault(data) : base64Fault(data);
}

function textFault(data: string): string | undefined {
  const wrong = /[^\w\-.~!$&'()*+,/:;=?@%]|%(?![0-9a-fA-F]{2})/.exec(data)?.[0];
  if (wrong === undefined) return undefined;
  if (wrong === '%') return 'a % in the data is not followed by two hexadecimal digits';
  return 'the data contains a character that must be written with %, such as %20 for a space';
}

function base64Fault(data: string): string | undefined {
  const digits = data.replace(/={1,2}$/, '');
  return data.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(digits)
    ? undefined
    : 'the data is not valid base64';
}

/** The data of a `data:` URL; undefined where it is none, or wrong. */
export function dataOf(url: string): Buffer | undefined {
  if (dataUrlFault(url) !== undefined) return undefined;
  const found = beginning.exec(url);
  const data = url.slice(found?.[0].length);
  if (found?.[2] !== undefined) return Buffer.from(data, 'base64');
  // As bytes: what is escaped need not be UTF-8.
  const bytes = Buffer.alloc(data.length);
  let length = 0;
  for (let at = 0; at < data.length; at += 1) {
    const isEscape = data[at] === '%';
    bytes[length] = isEscape
      ? Number.parseInt(data.slice(at + 1, at + 3), 16)
      : data.charCodeAt(at);
    length += 1;
    if (isEscape) at += 2;
  }
  return bytes.subarray(0, length);
}
