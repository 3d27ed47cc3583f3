/** Writes the man pages and the bash completion, from the same source as --help. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commands as named, withoutWord } from '../src/commands/commands.ts';
import { commanderOf } from '../src/commands/parse.ts';
import { bashCompletion } from './lib/bash-completion.ts';
import { manPages } from './lib/man-page.ts';
import { root } from './lib/paths.ts';

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const commands = [withoutWord, ...named].map((command) => {
  const name = `coreos-installer ${command.word}`.trimEnd();
  return { command, commander: commanderOf(command, name, version) };
});

await mkdir(join(root, 'dist'), { recursive: true });
for (const [name, text] of manPages(commands, version)) await write(name, text);
await write('coreos-installer.bash', bashCompletion(commands));

/** Does not write a file that already has this text: another process may be reading it. */
async function write(name: string, text: string): Promise<void> {
  const path = join(root, 'dist', name);
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) await writeFile(path, text);
}
