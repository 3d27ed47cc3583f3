import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildDir, root } from '../../../scripts/lib/paths.ts';

/** The command that runs this one while no `make` builds in this clone, which takes the same lock. */
export function underBuildLock(script: string, ...args: readonly string[]): [string, string[]] {
  mkdirSync(buildDir, { recursive: true });
  const command = [script, ...args].map((name) => join(root, name));
  return ['flock', [join(buildDir, 'lock'), ...command]];
}
