import type { Command as Commander } from 'commander';
import type { Command } from '../../src/commands/command.ts';

export interface Documented {
  readonly command: Pick<Command, 'word' | 'summary'>;
  readonly commander: Commander;
}

/**
 * The man pages of a program in man(7), by file name: that of the program, with what it does without
 * the name of a command, and one for each command: `coreos-installer-install.8`.
 */
export function manPages(
  program: string,
  commands: readonly Documented[],
  version: string,
): ReadonlyMap<string, string> {
  const named = commands.filter(({ command }) => command.word !== '');
  return new Map(
    commands.map(
      (one) => [`${pageOf(program, one)}.8`, page(program, one, named, version)] as const,
    ),
  );
}

const pageOf = (program: string, { command }: Documented) =>
  [program, ...command.word.split(' ')].filter(Boolean).join('-');

function page(
  program: string,
  one: Documented,
  named: readonly Documented[],
  version: string,
): string {
  const { command, commander } = one;
  const own = pageOf(program, one);
  const others = [program, ...named.map((other) => pageOf(program, other))];
  const after = textAfterOptions(commander);
  return [
    `.TH ${roff(own.toUpperCase())} 8 "" "${roff(program)} ${roff(version)}" "System Administration"`,
    '.SH NAME',
    `${roff(own)} \\- ${roff(command.summary)}`,
    '.SH SYNOPSIS',
    `.B ${roff(commander.name())}`,
    roff(commander.usage()),
    '.SH DESCRIPTION',
    roff(commander.description().replaceAll('\n', ' ')),
    '.SH OPTIONS',
    ...options(commander),
    ...(after === '' ? [] : ['.SH NOTES', '.nf', ...after.trim().split('\n').map(roff), '.fi']),
    '.SH SEE ALSO',
    others
      .filter((name) => name !== own)
      .map((name) => `\\fB${roff(name)}\\fR(8)`)
      .join(',\n'),
    '',
  ].join('\n');
}

function options(commander: Commander): string[] {
  const help = commander.createHelp();
  const rows = [
    ...help
      .visibleArguments(commander)
      .map(
        (argument) => [help.argumentTerm(argument), help.argumentDescription(argument)] as const,
      ),
    ...help
      .visibleOptions(commander)
      .map((option) => [help.optionTerm(option), help.optionDescription(option)] as const),
  ];
  return rows.flatMap(([term, description]) => ['.TP', `.B ${roff(term)}`, roff(description)]);
}

/** What `--help` prints after the options; commander only prints it. */
function textAfterOptions(commander: Commander): string {
  let text = '';
  commander.configureOutput({
    writeOut: (more) => {
      text += more;
    },
  });
  commander.outputHelp();
  const own = commander.helpInformation();
  return text.startsWith(own) ? text.slice(own.length) : '';
}

/** Escapes text for roff: no line is taken as a request, and no hyphen becomes a dash. */
function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
