import { join } from 'node:path';

/** The top of the checkout. */
export const root = join(import.meta.dirname, '../..');
/** Intermediate files of the build; `make clean` removes them. */
export const buildDir = join(root, 'build');

/** A file of an installed npm package. */
export function inPackage(name: string, ...rest: string[]): string {
  return join(root, 'node_modules', name, ...rest);
}
