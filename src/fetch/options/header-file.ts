import type { Resolved } from '../../parameters/parameters.ts';
import { type GivenFile, readGivenFile } from './given-file.ts';

export interface HeaderFile {
  /** By lower-case name; the values are secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** Fields that the download needs for itself, or that belong to one connection. */
const reserved =
  /^(accept-encoding|connection|content-.*|expect|host|if-.*|keep-alive|proxy-.*|range|te|trailer|transfer-encoding|upgrade)$/;

/**
 * Header fields from a file, one `Name: value` a line; empty lines and those that begin with `#`
 * are ignored. `ParameterError`, which never contains a value, for anything else.
 */
export async function readHeaderFile(given: Resolved<string>): Promise<HeaderFile> {
  const file = await readGivenFile(given, 'header-file-unusable');
  const headers: Record<string, string> = {};
  // Editors on Windows put a byte order mark before the first line.
  const text = file.bytes.toString('utf8').replace(/^\uFEFF/, '');
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [name, value] = parseLine(line, index + 1, file);
    headers[name] = value;
  }
  if (Object.keys(headers).length === 0) {
    throw file.unusable('there is no header field in it', writeLines);
  }
  const warnings = file.exposed === undefined ? [] : [`${file.exposed} It holds secrets.`];
  return { headers, warnings };
}

const writeLines = 'Write one field a line, as in: Authorization: Bearer 0123456789';

function parseLine(line: string, number: number, { unusable }: GivenFile): [string, string] {
  // RFC 9110 section 5: a token, a colon, and visible characters, spaces and tabs.
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e]*?)[ \t]*$/.exec(line) ?? [];
  if (name === undefined || value === undefined || value === '') {
    throw unusable(`its line ${number} is not a header field`, writeLines);
  }
  if (reserved.test(name.toLowerCase())) {
    throw unusable(
      `its line ${number} sets ${name}, which the download needs for itself`,
      /^proxy-/i.test(name)
        ? 'Put the user name and password of a proxy into its URL.'
        : 'Remove that line.',
    );
  }
  return [name.toLowerCase(), value];
}
