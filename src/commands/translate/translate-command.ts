import type { Command } from '../command.ts';
import { path } from '../option-values.ts';
import type { TranslateOptions } from './run-translate.ts';

export const translate: Command<TranslateOptions> = {
  word: 'translate',
  programNames: ['fcct', 'butane'],
  summary: 'make an Ignition config from YAML (as fcct or butane)',
  adapt: withTwoDashes,
  define(commander) {
    commander
      .description(
        'Makes an Ignition config (JSON) from a Fedora CoreOS Config (YAML), also called\n' +
          'Butane config: variant fcos, versions 1.0.0 to 1.7.0.\n\n' +
          'Errors and warnings go to standard error, one per line:\n' +
          'FILE:LINE:COLUMN: error|warning: what is wrong (path in the config).\n' +
          'After an error the output is unchanged, and the exit code is 4.',
      )
      .argument('[input]', 'the config; - or nothing for standard input')
      .option('--input <file>', 'the same', path)
      .option('-o, --output <file>', 'write to this file, instead of standard output', path)
      .option('-d, --files-dir <dir>', 'directory for local files', path)
      .option('-p, --pretty', 'indent the JSON')
      .option('-s, --strict', 'fail on warnings too')
      .option('-c, --check', 'report errors and warnings, write nothing')
      .option('-V, --version', 'print the version and exit')
      .addHelpText('after', '\nOptions can begin with one dash: -input, -output, -pretty.');
  },
  read(commander) {
    const { filesDir, input, ...options } = commander.opts<Options>();
    const [argument] = commander.args;
    if (input !== undefined && argument !== undefined)
      commander.error(`two inputs: ${input} and ${argument}`);
    return {
      input: input ?? argument ?? '-',
      output: ['-', '/dev/stdout'].includes(options.output ?? '-') ? undefined : options.output,
      filesDirectory: filesDir,
      pretty: options.pretty ?? false,
      strict: options.strict ?? false,
      check: options.check ?? false,
      version: options.version ?? false,
    };
  },
  run: async (options) => await (await import('./run-translate.ts')).runTranslate(options),
};

interface Options {
  readonly input?: string;
  readonly output?: string;
  readonly filesDir?: string;
  readonly pretty?: true;
  readonly strict?: true;
  readonly check?: true;
  readonly version?: true;
}

/** Options in the form of Go programs: `-pretty` for `--pretty`, `--pretty=true`. */
function withTwoDashes(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  const options = end < 0 ? words : words.slice(0, end);
  return [
    ...options.flatMap((word) => {
      const [, flag, answer] = /^--?(pretty|strict|check|version|help)=(.*)$/.exec(word) ?? [];
      if (answer === 'true') return [`--${flag}`];
      if (answer === 'false') return [];
      return /^-(input|output|pretty|strict|check|version|help|files-dir)(=|$)/.test(word)
        ? [`-${word}`]
        : [word];
    }),
    ...words.slice(options.length),
  ];
}
