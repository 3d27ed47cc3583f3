import { execa } from 'execa';
import { root } from '../../scripts/lib/paths.ts';

/** Runs coreos-provision from its source. */
export async function runProvision(words: readonly string[], cwd = process.cwd()) {
  const program = [`${root}/src/provision/provision-main.ts`, ...words];
  return await execa(process.execPath, program, { reject: false, cwd });
}
