import { join } from 'node:path';
import type { Command } from '../../commands/command.ts';
import { text } from '../../commands/option-values.ts';
import { exitCodes } from '../../lib/errors.ts';
import { say } from '../../ui/output.ts';
import { addFleet, fleetOf } from './fleet-directory.ts';

interface TokenAsked {
  /** With the file of the tokens. */
  readonly state: string;
  readonly name: string;
}

type Tokens = typeof import('../serve/operator-tokens.ts');

/** A command that works on the tokens' file; a server that runs notices at once. */
function tokenCommand(
  word: string,
  summary: string,
  argument: 'name' | 'option' | 'none',
  work: (tokens: Tokens, asked: TokenAsked) => Promise<void>,
): Command<TokenAsked> {
  return {
    word: `token ${word}`,
    summary,
    define(commander) {
      addFleet(commander).description(
        'Operators’ tokens permit actions on the page and by /api/v1. Only their digests\n' +
          'are stored. The commands on the server itself need none.',
      );
      if (argument === 'name') commander.argument('<name>', 'the name of the token');
      if (argument === 'option')
        commander.option('--name <name>', 'whose token it is', text, 'operator');
    },
    read(commander) {
      const [, named = ''] = commander.args;
      const { name = named } = commander.opts<{ name?: string }>();
      return { state: join(fleetOf(commander), 'state'), name };
    },
    async run(asked) {
      await work(await import('../serve/operator-tokens.ts'), asked);
      return exitCodes.installed;
    },
  };
}

export const tokenCommands: readonly Command<TokenAsked>[] = [
  tokenCommand(
    'create',
    'make an operator’s token, and print it',
    'option',
    async (tokens, asked) => say(await tokens.createOperatorToken(asked.state, asked.name)),
  ),
  tokenCommand('list', 'list the names of operators’ tokens', 'none', async (tokens, asked) => {
    for (const { name, createdMs } of tokens.listOperatorTokens(asked.state))
      say(`${name}  ${new Date(createdMs).toISOString()}`);
  }),
  tokenCommand('revoke', 'make an operator’s token invalid', 'name', async (tokens, asked) => {
    await tokens.revokeOperatorToken(asked.state, asked.name);
    say(`${asked.name}: revoked`);
  }),
];
