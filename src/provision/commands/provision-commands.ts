import type { Command, Program } from '../../commands/command.ts';
import { version } from '../../lib/version.ts';
import { configCommands } from './config-commands.ts';
import { fileCommands } from './file-commands.ts';
import { operatorCommands } from './operator-commands.ts';
import { serveCommand } from './serve-command.ts';
import { tokenCommands } from './token-commands.ts';

/** All commands of coreos-provision, in the order of the help. */
const commands: readonly Command[] = [
  ...fileCommands,
  serveCommand,
  ...operatorCommands,
  ...tokenCommands,
  ...configCommands,
];

/** What the program does without the name of a command: it prints the version, or what it has. */
const withoutWord: Command<undefined> = {
  word: '',
  meant: { argument: 'it is not the name of a command' },
  summary: 'install many machines from one server',
  define(commander) {
    commander
      .description(
        `coreos-provision ${version} serves what machines need that install themselves\n` +
          'over the network: it decides which machine may install what, once, and\n' +
          'shows what happened.',
      )
      .usage('COMMAND [options]')
      .option('--version', 'print the version and exit')
      .addHelpText('after', helpAfterOptions);
  },
  read(commander) {
    const { version } = commander.opts<{ version?: true }>();
    if (version !== true) commander.error('the name of a command is missing');
  },
  async run() {
    process.stdout.write(`coreos-provision ${version}\n`);
    return 0;
  },
};

const helpAfterOptions = () => `
Commands, each with its own --help:

${commands.map(({ word, summary }) => `  ${word.padEnd(18)} ${summary}`).join('\n')}

Exit codes:

  0      done
  1      a bug in coreos-provision
  2      wrong or missing parameters
  4      files of the fleet are wrong, or a file or server could not be read
  5      a file could not be written
  128+n  stopped by signal n
`;

export const provision: Program = { name: 'coreos-provision', commands, withoutWord };
