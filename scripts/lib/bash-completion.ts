import type { Documented } from './man-page.ts';

/** Completes commands, options, the values of options with choices, disks after -d, and files. */
export function bashCompletion(program: string, commands: readonly Documented[]): string {
  const named = commands.filter(({ command }) => command.word !== '');
  const words = named.map(({ command }) => command.word.split(' '));
  const first = new Set(words.map(([word]) => word));
  const legacy = commands.find(({ command }) => command.word === '');
  const hasDevice = legacy?.commander.options.some(({ long }) => long === '--device') ?? false;
  const own = program.replaceAll('-', '_');
  const choices = (legacy?.commander.options ?? [])
    .filter(({ argChoices }) => argChoices !== undefined)
    .map(
      ({ long, argChoices }) =>
        `        ${long}) _${own}_words ${argChoices?.join(' ')}; return ;;`,
    );
  const cases = named.map(
    (one) => `        '${one.command.word} '*) options='${optionsOf(one)}' ;;`,
  );
  // What follows the first words of a command: `ignition` is followed by `validate`.
  const beginnings = words.flatMap((all) =>
    all.slice(1).map((next, index) => ({ beginning: all.slice(0, index + 1).join(' '), next })),
  );
  const nextWords = [...Map.groupBy(beginnings, ({ beginning }) => beginning)].map(
    ([beginning, all]) =>
      `        '${beginning}') _${own}_words ${[...new Set(all.map(({ next }) => next))].join(' ')}; return ;;`,
  );
  return `# bash completion for ${program}, generated from the same source as its --help

_${own}_words() {
    COMPREPLY=($(compgen -W "$*" -- "$current"))
}

_${own}() {
    local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} options
    COMPREPLY=()
    case $previous in
${[...(hasDevice ? [disks(own)] : []), ...choices].join('\n')}
    esac
    case "\${COMP_WORDS[*]:1:COMP_CWORD-1}" in
${nextWords.join('\n')}
    esac
    case "\${COMP_WORDS[*]:1} " in
${cases.join('\n')}
        *) options='${legacy ? optionsOf(legacy) : ''}' ;;
    esac
    if [[ $current == -* ]]; then
        _${own}_words $options
    elif ((COMP_CWORD == 1)); then
        _${own}_words ${[...first].join(' ')}
    else
        COMPREPLY=($(compgen -f -- "$current"))
    fi
}

complete -o filenames -F _${own} ${program}
`;
}

/** Only without the word of a command: `download -d` is something else. */
const disks = (own: string) =>
  `        -d | --device)
            if [[ \${COMP_WORDS[1]} == -* ]]; then
                _${own}_words $(lsblk --nodeps --noheadings --output NAME 2> /dev/null)
                return
            fi
            ;;`;

function optionsOf({ commander }: Documented): string {
  return [...commander.options, { short: '-h', long: '--help' }]
    .flatMap(({ short, long }) => [short, long])
    .filter((name) => name !== undefined && name !== null)
    .join(' ');
}
