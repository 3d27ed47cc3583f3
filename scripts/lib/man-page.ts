import type { Command as Commander } from 'commander';
import type { Command } from '../../src/commands/command.ts';
import { helpAfterOptions } from '../../src/commands/install/install-help.ts';

export interface Documented {
  readonly command: Pick<Command, 'word' | 'summary'>;
  readonly commander: Commander;
}

/** The man page in man(7): each command with its options, then the end of the `--help` text. */
export function manPage(commands: readonly Documented[], version: string): string {
  return [
    `.TH COREOS\\-INSTALLER 8 "" "coreos\\-installer ${roff(version)}" "System Administration"`,
    '.SH NAME',
    'coreos\\-installer \\- install Fedora CoreOS on a bare machine',
    '.SH SYNOPSIS',
    ...commands.flatMap(({ commander }) => [
      `.B ${roff(commander.name())}`,
      roff(commander.usage()),
      '.br',
    ]),
    ...commands.flatMap(section),
    '.SH PARAMETERS, EXAMPLES, EXIT CODES',
    '.nf',
    ...helpAfterOptions(commands.map(({ command }) => command))
      .trim()
      .split('\n')
      .map(roff),
    '.fi',
    '',
  ].join('\n');
}

function section({ command, commander }: Documented): string[] {
  const help = commander.createHelp();
  return [
    `.SH ${roff(command.word.toUpperCase())}`,
    roff(commander.description().replaceAll('\n', ' ')),
    ...help
      .visibleOptions(commander)
      .flatMap((option) => [
        '.TP',
        `.B ${roff(help.optionTerm(option))}`,
        roff(help.optionDescription(option)),
      ]),
  ];
}

/** Escapes text for roff: no line is taken as a request, and no hyphen becomes a dash. */
function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
