import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bashCompletion } from '../../../../scripts/lib/bash-completion.ts';
import { manPages } from '../../../../scripts/lib/man-page.ts';
import { root } from '../../../../scripts/lib/paths.ts';
import { defineCommand, parseWords } from '../../../../src/commands/parse-words.ts';
import { provision } from '../../../../src/provision/commands/provision-commands.ts';

const { name, commands, withoutWord } = provision;
const parse = (...argv: string[]) => parseWords(provision, argv, { version: '1.2.3' });
const context = { version: '1.2.3', commands };
const documented = [withoutWord, ...commands].map((command) => ({
  command,
  commander: defineCommand(command, `${name} ${command.word}`.trimEnd(), context),
}));

test('the help lists every command, and fits into 80 columns', () => {
  const request = parse('--help');
  const help = 'help' in request ? request.help : '';
  expect(help).toMatch(/^Usage: coreos-provision COMMAND/);
  for (const { word, summary } of commands) expect(help).toMatch(new RegExp(`${word} +${summary}`));
  expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test.each(commands.map((command) => [command.word, command] as const))(
  '%s has help',
  (word, it) => {
    const request = parse(...word.split(' '), '--help');
    expect(request).toMatchObject({ command: it });
    const help = 'help' in request ? request.help : '';
    expect(help).toContain(`Usage: coreos-provision ${word}`);
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
  },
);

test('what is no command is refused, with the next step', () => {
  const message = (...argv: string[]) => {
    try {
      parse(...argv);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('it was understood');
  };
  expect(message()).toContain('the name of a command is missing. Try coreos-provision --help.');
  expect(message('instal')).toContain("'instal'; it is not the name of a command");
  expect(message('--device', 'x')).toContain("unknown option '--device'");
});

/** What is printed to be typed, with `x` for what a template puts in. */
const toBeTyped =
  /(?:[:“]\s*|\d\. |\b(?:run|start) )coreos-provision ((?:\$\{[^}]*\}|[^.,;'"`”\n])+)/gi;

const typed = readdirSync(`${root}/src/provision`, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(?:ts|html)$/.test(file))
  .flatMap((file) => {
    const text = readFileSync(`${root}/src/provision/${file}`, 'utf8');
    return [...text.matchAll(toBeTyped)].map(([, words = '']) => [
      words.replaceAll(/\$\{[^}]*\}/g, 'x').trim(),
      file,
    ]);
  });

test('messages name commands that can be typed', () => {
  expect(typed.length).toBeGreaterThan(15);
});

test.each(typed)('coreos-provision %s, as %s says, is understood', (words = '') => {
  expect(parse(...words.split(' '))).toHaveProperty('command');
});

test('man pages and completion are those of this program', () => {
  const pages = manPages(name, documented, '1.2.3');
  expect([...pages.keys()]).toContain('coreos-provision.8');
  expect(pages.size).toBe(commands.length + 1);
  expect([...pages.values()].join('\n')).not.toContain('coreos\\-installer');
  const completion = bashCompletion(name, documented);
  expect(completion).toContain('complete -o filenames -F _coreos_provision coreos-provision');
  expect(completion).not.toContain('lsblk');
});
