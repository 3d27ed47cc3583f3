import { version } from '../version.ts';
import { liblzmaVersion } from '../xz/addon.ts';

/** `--version`; with `--verbose` also what is inside and what it was built for. */
export function printVersion({ verbose }: { readonly verbose: boolean }): number {
  const lines = [`coreos-installer ${version}`];
  if (verbose) {
    lines.push(
      `Node.js ${process.versions.node}`,
      `liblzma ${liblzmaVersion()}`,
      `target ${process.platform}-${process.arch}`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
