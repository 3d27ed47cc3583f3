/** Writes the man page and the bash completion, from the same source as --help. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commanderOf, syntaxes } from '../src/cli.ts';
import { bashCompletion } from './lib/bash-completion.ts';
import { manPage } from './lib/man-page.ts';
import { root } from './lib/paths.ts';

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const commands = syntaxes.map((syntax) => {
  const name = `coreos-installer${syntax.word === 'install' ? '' : ` ${syntax.word}`}`;
  return { syntax, command: commanderOf(syntax, name, version) };
});

await mkdir(join(root, 'dist'), { recursive: true });
await writeFile(join(root, 'dist/coreos-installer.8'), manPage(commands, version));
await writeFile(join(root, 'dist/coreos-installer.bash'), bashCompletion(commands));
