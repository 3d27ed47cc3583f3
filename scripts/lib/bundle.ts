import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './paths.ts';

/**
 * Bundles a module and its dependencies into one CommonJS file, as Node's single executables require;
 * with `asFunction`, into the function that `src/load-program.ts` calls. A dynamic `import()` stays
 * lazy: its module runs when it is reached. Names are kept, so that stack traces from users are
 * readable.
 */
export async function bundle(
  entry: string,
  output: string,
  options: { readonly nodeMajor: string; readonly asFunction?: boolean },
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
    // The bundle is run as a script, which can load Node's modules only by require.
    supported: { 'dynamic-import': false },
    define: {
      COREOS_INSTALLER_VERSION: JSON.stringify(version),
      COREOS_INSTALLER_PACKAGED: 'true',
      'import.meta.dirname': '__dirname',
    },
    // A third less for V8 to parse at each start; names are kept.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    ...(options.asFunction && {
      banner: { js: '(function (module, exports, require, __dirname) {' },
      footer: { js: '})' },
    }),
    logLevel: 'warning',
  });
}
