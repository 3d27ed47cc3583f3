import { join } from 'node:path';

/** The top of the checkout. */
export const root = join(import.meta.dirname, '../..');
/** Everything made on the way to a binary; `make clean` removes it. */
export const buildDir = join(root, 'build');

/** A file of an installed npm package. */
export function inPackage(name: string, ...rest: string[]): string {
  return join(root, 'node_modules', name, ...rest);
}
