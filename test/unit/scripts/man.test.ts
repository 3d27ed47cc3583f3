import { execa } from 'execa';
import { expect, test } from 'vitest';
import { bashCompletion } from '../../../scripts/lib/bash-completion.ts';
import { manPage } from '../../../scripts/lib/man-page.ts';
import { commands as all } from '../../../src/commands/commands.ts';
import { commanderOf } from '../../../src/commands/parse.ts';

const commands = all.map((command) => ({
  command,
  commander: commanderOf(command, `coreos-installer ${command.word}`, '1.2.3'),
}));

test('the manual names every command and every option of it', () => {
  const page = manPage(commands, '1.2.3').replaceAll('\\-', '-');
  for (const { command, commander } of commands) {
    expect(page).toContain(`.SH ${command.word.toUpperCase()}`);
    for (const { long } of commander.options) expect(page).toContain(long);
  }
  expect(page).toContain('Exit codes:');
});

/** What bash offers for a command line that ends here. */
async function offered(...words: string[]): Promise<string[]> {
  const script = `${bashCompletion(commands)}
    COMP_WORDS=(coreos-installer "$@"); COMP_CWORD=$#
    _coreos_installer; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execa('bash', ['-c', script, 'bash', ...words]);
  return stdout.split('\n').filter(Boolean);
}

test('bash completes commands, options and listed values', async () => {
  expect(await offered('dev')).toEqual(['devices']);
  expect(await offered('--dry')).toEqual(['--dry-run']);
  expect(await offered('--progress', 'j')).toEqual(['json']);
  expect(await offered('devices', '--')).toEqual(expect.arrayContaining(['--json', '--help']));
  expect(await offered('devices', '--d')).toEqual([]);
  expect(await offered('ign')).toEqual(['ignition']);
  expect(await offered('ignition', '')).toEqual(['validate']);
  expect(await offered('ignition', 'validate', '--s')).toEqual(['--strict']);
  expect(await offered('ignition', 'validate', 'package.j')).toEqual(['package.json']);
});
