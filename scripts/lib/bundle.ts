import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './paths.ts';

/**
 * Bundles the program into one CommonJS file, which is what Node's single executables take. A
 * dynamic `import()` stays lazy: its module runs when it is reached. Names are kept, so that a
 * stack trace from a user can be read.
 */
export async function bundle(
  entry: string,
  output: string,
  options: { readonly nodeMajor: string },
): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: output,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: `node${options.nodeMajor}`,
    define: {
      COREOS_INSTALLER_VERSION: JSON.stringify(version),
      'import.meta.dirname': '__dirname',
    },
    // A third less for V8 to take in at each start; names stay.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    logLevel: 'warning',
  });
}
