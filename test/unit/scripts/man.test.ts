import { execa } from 'execa';
import { expect, test } from 'vitest';
import { bashCompletion } from '../../../scripts/lib/bash-completion.ts';
import { manPages } from '../../../scripts/lib/man-page.ts';
import { commands as named, withoutWord } from '../../../src/commands/commands.ts';
import { commanderOf } from '../../../src/commands/parse.ts';

const commands = [withoutWord, ...named].map((command) => ({
  command,
  commander: commanderOf(command, `coreos-installer ${command.word}`.trimEnd(), '1.2.3'),
}));

test('each command has a page, with its options and what follows them in its help', () => {
  const pages = new Map(
    [...manPages('coreos-installer', commands, '1.2.3')].map(([name, text]) => [
      name,
      text.replaceAll('\\-', '-'),
    ]),
  );
  expect(pages.size).toBe(commands.length);
  for (const { command, commander } of commands) {
    const words = ['coreos-installer', ...command.word.split(' ')].filter(Boolean);
    const page = pages.get(`${words.join('-')}.8`);
    expect(page).toContain(`- ${command.summary}\n`);
    for (const { long, hidden } of commander.options) if (!hidden) expect(page).toContain(long);
    for (const other of pages.keys())
      if (other !== `${words.join('-')}.8`)
        expect(page).toContain(other.replace(/\.8$/, '\\fR(8)'));
  }
  expect(pages.get('coreos-installer.8')).toContain('Exit codes:');
  expect(pages.get('coreos-installer-install.8')).toContain('DEVICE               -d DEVICE');
});

/** What bash offers for a command line that ends here. */
async function offered(...words: string[]): Promise<string[]> {
  const script = `${bashCompletion('coreos-installer', commands)}
    lsblk() { echo vdz; }
    COMP_WORDS=(coreos-installer "$@"); COMP_CWORD=$#
    _coreos_installer; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execa('bash', ['-c', script, 'bash', ...words]);
  return stdout.split('\n').filter(Boolean);
}

test('bash completes commands, options and listed values', async () => {
  expect(await offered('devi')).toEqual(['devices']);
  expect(await offered('--dry')).toEqual(['--dry-run']);
  expect(await offered('--progress', 'j')).toEqual(['json']);
  expect(await offered('devices', '--')).toEqual(expect.arrayContaining(['--json', '--help']));
  expect(await offered('devices', '--d')).toEqual([]);
  expect(await offered('ign')).toEqual(['ignition']);
  expect(await offered('ignition', '')).toEqual(['validate']);
  expect(await offered('iso', 'k')).toEqual(['kargs']);
  expect(await offered('iso', 'kargs', '')).toEqual(['modify', 'reset', 'show']);
  expect(await offered('iso', 'kargs', 'show', '--d')).toEqual(['--default']);
  expect(await offered('ignition', 'validate', '--s')).toEqual(['--strict']);
  expect(await offered('ignition', 'validate', 'package.j')).toEqual(['package.json']);
  expect(await offered('-d', 'v')).toEqual(['vdz']);
  expect(await offered('-i', 'skip', '--device', '')).toEqual(['vdz']);
  expect(await offered('translate', '-d', 'package.j')).toEqual(['package.json']);
});
