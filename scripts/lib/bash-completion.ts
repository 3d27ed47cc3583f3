import type { Documented } from './man-page.ts';

/** Completes commands, options, the values of options with choices, disks after -d, and files. */
export function bashCompletion(commands: readonly Documented[]): string {
  const named = commands.filter(({ command }) => command.word !== '');
  const words = named.map(({ command }) => command.word.split(' '));
  const first = new Set(words.map(([word]) => word));
  const legacy = commands.find(({ command }) => command.word === '');
  const choices = (legacy?.commander.options ?? [])
    .filter(({ argChoices }) => argChoices !== undefined)
    .map(
      ({ long, argChoices }) =>
        `        ${long}) _coreos_words ${argChoices?.join(' ')}; return ;;`,
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
      `        '${beginning}') _coreos_words ${[...new Set(all.map(({ next }) => next))].join(' ')}; return ;;`,
  );
  return `# bash completion for coreos-installer, generated from the same source as its --help

_coreos_words() {
    COMPREPLY=($(compgen -W "$*" -- "$current"))
}

_coreos_installer() {
    local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} options
    COMPREPLY=()
    case $previous in
        -d | --device) _coreos_words $(lsblk --nodeps --noheadings --output NAME 2> /dev/null); return ;;
${choices.join('\n')}
    esac
    case "\${COMP_WORDS[*]:1:COMP_CWORD-1}" in
${nextWords.join('\n')}
    esac
    case "\${COMP_WORDS[*]:1} " in
${cases.join('\n')}
        *) options='${legacy ? optionsOf(legacy) : ''}' ;;
    esac
    if [[ $current == -* ]]; then
        _coreos_words $options
    elif ((COMP_CWORD == 1)); then
        _coreos_words ${[...first].join(' ')}
    else
        COMPREPLY=($(compgen -f -- "$current"))
    fi
}

complete -o filenames -F _coreos_installer coreos-installer
`;
}

function optionsOf({ commander }: Documented): string {
  return [...commander.options, { short: '-h', long: '--help' }]
    .flatMap(({ short, long }) => [short, long])
    .filter((name) => name !== undefined && name !== null)
    .join(' ');
}
