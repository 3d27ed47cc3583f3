import type { Documented } from './man-page.ts';

/** Completes commands, options, the values that are listed, disks after -d, and files. */
export function bashCompletion(commands: readonly Documented[]): string {
  const words = new Set(commands.map(({ syntax }) => syntax.word.split(' ')[0]));
  const install = commands.find(({ syntax }) => syntax.word === 'install');
  const choices = (install?.command.options ?? [])
    .filter(({ argChoices }) => argChoices !== undefined)
    .map(
      ({ long, argChoices }) =>
        `        ${long}) _coreos_words ${argChoices?.join(' ')}; return ;;`,
    );
  const cases = commands
    .filter(({ syntax }) => syntax.word !== 'install')
    .map((one) => `        ${one.syntax.word.split(' ')[0]}) options='${optionsOf(one)}' ;;`);
  return `# bash completion for coreos-installer, made from the same source as its --help

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
    case \${COMP_WORDS[1]} in
${cases.join('\n')}
        *) options='${install ? optionsOf(install) : ''}' ;;
    esac
    if [[ $current == -* ]]; then
        _coreos_words $options
    elif ((COMP_CWORD == 1)); then
        _coreos_words ${[...words].join(' ')}
    else
        COMPREPLY=($(compgen -f -- "$current"))
    fi
}

complete -o filenames -F _coreos_installer coreos-installer
`;
}

function optionsOf({ command }: Documented): string {
  return [...command.options, { short: '-h', long: '--help' }]
    .flatMap(({ short, long }) => [short, long])
    .filter((name) => name !== undefined && name !== null)
    .join(' ');
}
