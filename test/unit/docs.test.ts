import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planTests } from '../../scripts/lib/test-parts.ts';
import { commands } from '../../src/commands/commands.ts';
import { parseCommandLine } from '../../src/commands/parse.ts';
import { parseWords } from '../../src/commands/parse-words.ts';
import { provision } from '../../src/provision/commands/provision-commands.ts';
import { steps } from '../distributions/steps.ts';
import { anchorsOf, blocksOf, pages, titleOf } from '../support/pages.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** The commands in a page's `sh` blocks, one a line, continuation lines joined. */
function commandsIn(page: string): string[] {
  return blocksOf(read(page), 'sh')
    .flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.replace(/^[#$] /, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

const wordsOf = (command: string) => command.split(/\s+/).filter((word) => word !== '');

describe('the README', () => {
  test('has its make commands run by CI, as they stand', () => {
    expect(read('.ci/run').split('\n')).toContain('make test-core');
    // On minimal systems.
    const ci = planTests('core')
      .lanes.flat()
      .flatMap(({ command }) => command.filter((word) => word.startsWith('STEPS=')))
      .flatMap((word) => word.slice('STEPS='.length).split(' '))
      .flatMap((step) => steps[step]?.commands);
    const commands = commandsIn('README.md').filter((command) => command.startsWith('make'));
    expect(commands).toEqual(['make demo', 'make test']);
    for (const command of commands) expect(ci).toContain(command);
  });
});

test('the README lists every page, by its title', () => {
  const listed = new Map(
    [...read('README.md').matchAll(/^- \[(.*)\]\((.*\.md)\)$/gm)].map(([, title, page]) => [
      page,
      title,
    ]),
  );
  const others = pages.filter((page) => page !== 'README.md');
  expect(Object.fromEntries(listed)).toEqual(
    Object.fromEntries(others.map((page) => [page, titleOf(read(page))])),
  );
});

test('every command is shown on some page', () => {
  const shown = pages.flatMap(commandsIn).map((command) => wordsOf(command).join(' '));
  const missing = [
    ...commands.map(({ word }) => `coreos-installer ${word}`),
    ...provision.commands.map(({ word }) => `${provision.name} ${word}`),
  ].filter((typed) => !shown.some((command) => command.startsWith(typed)));
  expect(missing).toEqual([]);
});

test('every picture is shown on some page', () => {
  const shown = pages.map(read).join('\n');
  const pictures = readdirSync(join(root, 'docs/images'));
  expect(pictures.filter((name) => !shown.includes(`images/${name})`))).toEqual([]);
});

describe.each(pages)('%s', (page) => {
  test('links to what exists', () => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const missing = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : join(dirname(page), file);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(read(target)).has(anchor);
    });
    expect(missing).toEqual([]);
  });

  test('names files that exist', () => {
    const quoted = [...read(page).matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
    const named = quoted
      .flatMap((text) => text.split(/\s+/))
      .filter((word) =>
        /^(src|test|scripts|docs|native|dracut|media|bench|keys|\.ci)\//.test(word),
      );
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('has commands that the program understands', () => {
    for (const command of commandsIn(page)) {
      const [program = '', ...args] = wordsOf(command);
      const [programName = ''] = /(coreos-installer|coreos-provision|fcct)$/.exec(program) ?? [];
      if (programName === '') continue;
      const end = args.findIndex((word) => /^\d*[<>]$/.test(word));
      const plain = args
        .slice(0, end < 0 ? undefined : end)
        .map((word) => word.replaceAll(/^'|'$/g, ''));
      const parse = () =>
        programName === provision.name
          ? parseWords(provision, plain, { version: '0' })
          : parseCommandLine(plain, { version: '0', programName });
      expect(parse, command).not.toThrow();
    }
  });

  test('has make targets that exist', () => {
    const makefiles = [
      'Makefile',
      'media/media.mk',
      'test/qemu/qemu.mk',
      'test/fleet/fleet.mk',
      'test/distributions/distributions.mk',
      'bench/bench.mk',
    ].filter((name) => existsSync(join(root, name)));
    const rules = makefiles.map(read).join('\n');
    for (const command of commandsIn(page)) {
      const [program, ...args] = wordsOf(command);
      if (program !== 'make') continue;
      const targets = args.filter((word) => /^[a-z][a-z-]*$/.test(word));
      for (const target of targets) expect(rules).toMatch(new RegExp(`^${target}:`, 'm'));
    }
  });
});
