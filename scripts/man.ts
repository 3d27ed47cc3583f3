/** Writes each program's man pages and bash completion, from the same source as --help. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installer } from '../src/commands/commands.ts';
import { defineCommand } from '../src/commands/parse-words.ts';
import { provision } from '../src/provision/commands/provision-commands.ts';
import { bashCompletion } from './lib/bash-completion.ts';
import { manPages } from './lib/man-page.ts';
import { root } from './lib/paths.ts';

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

await mkdir(join(root, 'dist'), { recursive: true });
for (const { name, commands: named, withoutWord } of [installer, provision]) {
  const commands = [withoutWord, ...named].map((command) => ({
    command,
    commander: defineCommand(command, `${name} ${command.word}`.trimEnd(), {
      version,
      commands: named,
    }),
  }));
  for (const [file, text] of manPages(name, commands, version)) await write(file, text);
  await write(`${name}.bash`, bashCompletion(name, commands));
}

/** Does not write a file that already has this text: another process may be reading it. */
async function write(name: string, text: string): Promise<void> {
  const path = join(root, 'dist', name);
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) await writeFile(path, text);
}
