/**
 * What a table has under a name that came from outside; undefined for none. What every object
 * inherits, such as `constructor`, is no entry.
 */
export function entryOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
