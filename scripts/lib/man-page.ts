import type { Command as Commander } from 'commander';
import type { Syntax } from '../../src/commands/command.ts';
import { helpAfterOptions } from '../../src/commands/install/install-help.ts';

export interface Documented {
  readonly syntax: Pick<Syntax<unknown>, 'word' | 'summary'>;
  readonly command: Commander;
}

/** The whole manual in man(7): each command with its options, then what `--help` says after them. */
export function manPage(commands: readonly Documented[], version: string): string {
  return [
    `.TH COREOS\\-INSTALLER 8 "" "coreos\\-installer ${roff(version)}" "System Administration"`,
    '.SH NAME',
    'coreos\\-installer \\- install Fedora CoreOS onto a bare machine',
    '.SH SYNOPSIS',
    ...commands.flatMap(({ command }) => [
      `.B ${roff(command.name())}`,
      roff(command.usage()),
      '.br',
    ]),
    ...commands.flatMap(section),
    '.SH PARAMETERS, EXAMPLES, EXIT CODES',
    '.nf',
    ...helpAfterOptions.trim().split('\n').map(roff),
    '.fi',
    '',
  ].join('\n');
}

function section({ syntax, command }: Documented): string[] {
  const help = command.createHelp();
  return [
    `.SH ${roff(syntax.word.toUpperCase())}`,
    roff(command.description().replaceAll('\n', ' ')),
    ...help
      .visibleOptions(command)
      .flatMap((option) => [
        '.TP',
        `.B ${roff(help.optionTerm(option))}`,
        roff(help.optionDescription(option)),
      ]),
  ];
}

/** Text as roff prints it: no line of it may look like a request, no hyphen become a dash. */
function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
