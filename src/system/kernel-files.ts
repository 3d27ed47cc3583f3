import { readdirSync, readFileSync } from 'node:fs';

/** A small text file without the white space around it; undefined when it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Names in a directory, sorted; none when it cannot be read. */
export function listNames(path: string): string[] {
  try {
    return readdirSync(path).toSorted();
  } catch {
    return [];
  }
}
