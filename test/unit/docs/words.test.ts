import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manPages } from '../../../scripts/lib/man-page.ts';
import { root } from '../../../scripts/lib/paths.ts';
import { commands as all, withoutWord } from '../../../src/commands/commands.ts';
import { commanderOf } from '../../../src/commands/parse.ts';
import { pages } from '../../support/pages.ts';

/** Words that make a reader stop, and what to write instead. */
const quaint: readonly (readonly [RegExp, string])[] = [
  [/\bblanks?\b/i, 'space'],
  [/\bfor ever\b/i, 'forever'],
  [/\btold\b/i, 'reported, notified, given'],
  [/\btells? (of|what|how|that|whether|when|which|only)\b/i, 'says, shows, reports'],
  [/\b(could|to) (not )?be had\b/i, 'could be fetched, available'],
  [/\banew\b/i, 'again'],
  [/\b(stands?|stood)\b/i, 'is'],
  [/(?<!certificate[ _])\bauthorit(y|ies)\b/i, 'CA, CA certificates'],
  [/\bso far\b/i, 'until now, or leave it out'],
  [/\bso many\b/i, 'leave it out'],
  [/\bbeside\b/i, 'next to, in addition to'],
  [/\blast but one\b/i, 'second-to-last'],
  [/\b(taken?|takes|taking|took) (it )?up\b/i, 'resume'],
  [/\bout of order\b/i, 'failing'],
  [/\bwhoever\b/i, 'everyone who, the user'],
  [/\bas always\b/i, 'as usual'],
  [/\bobey(s|ed)?\b/i, 'follow, apply'],
  [/\bhindrance\b|\bhinders?\b/i, 'prevent'],
  [/\bmeant to be so\b/i, 'intended'],
  [/\b(whence|hither|thereby|therein|whereby|upon|lest|nought|amiss)\b/i, 'modern English'],
  [/\bhow (it|they|an? \w+) ended\b/i, 'the result'],
  [/\bcounts? for nothing\b/i, 'is not accepted'],
  [/\bis (how|what) it is tried\b|\bhow it is tried\b/i, 'tested'],
  [/\ba moment ago\b/i, 'name the step'],
  [/\bso long as\b/i, 'while'],
  [/\bpass(ed|es)? over\b/i, 'ignore, skip'],
  [/\bas good as\b/i, 'the same as'],
  [/\b(breaks?|broke|broken) off\b/i, 'abort'],
  [/\blets? nobody\b|\blet (any|some)body\b/i, 'permit, refuse'],
  [/\bin a circle\b/i, 'loop'],
];

/** What is read as a whole: messages, comments, and the names between them. */
const sourceFiles = globSync(
  [
    'native/*.{cpp,h}',
    'src/{commands,config,decode,disk,download,fetch,install,lib,media,native,notify,parameters,plan,provision,streams,system,ui,verify}/**/*.ts',
    'src/*.ts',
  ],
  { cwd: root },
).toSorted();

/** Without what a program prints, or somebody types: such blocks become empty lines. */
function prose(markdown: string): string {
  const emptied = (block: string) => block.replaceAll(/[^\n]/g, '');
  return markdown
    .replaceAll(/^ *```.*?^ *```/gms, emptied)
    .replaceAll(/^ {4}(?! *[-*] ).*$/gm, emptied)
    .replaceAll(/`[^`]*`/g, emptied)
    .replaceAll(/“[^”]*”|"[^"\n]*"/g, emptied)
    .replaceAll(/\]\([^)]*\)/g, ']');
}

/** Each as `file:line: …`. */
function quaintIn(file: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      quaint.flatMap(([pattern, instead]) =>
        (line.match(new RegExp(pattern, `${pattern.flags}g`)) ?? []).map(
          (found) => `${file}:${index + 1}: "${found}": ${instead}`,
        ),
      ),
    );
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');

test.each(pages)('%s is in plain English', (page) => {
  expect(quaintIn(page, prose(read(page)))).toEqual([]);
});

test('so is the newest section of the changelog', () => {
  const changelog = read('CHANGELOG.md');
  const end = changelog.indexOf('\n## ', changelog.indexOf('\n## ') + 1);
  const newest = changelog.slice(0, end < 0 ? undefined : end);
  expect(quaintIn('CHANGELOG.md', prose(newest))).toEqual([]);
});

test('so are the man pages, which have all that --help says', () => {
  const commands = [withoutWord, ...all].map((command) => ({
    command,
    commander: commanderOf(command, command.word, '0'),
  }));
  for (const [name, text] of manPages('coreos-installer', commands, '0'))
    expect(quaintIn(name, text)).toEqual([]);
});

test('so are the messages and the comments of the source', () => {
  expect(sourceFiles.length).toBeGreaterThan(150);
  expect(sourceFiles.flatMap((file) => quaintIn(file, read(file)))).toEqual([]);
});

test('a word is found with its line; what is quoted or typed is not', () => {
  const page = 'a\n```text\nstands\n```\nIt `stands` "anew":\nwaits for\nit for ever\n';
  expect(quaintIn('x.md', prose(page))).toEqual(['x.md:7: "for ever": forever']);
});
