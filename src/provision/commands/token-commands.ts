import { join } from 'node:path';
import type { Command } from '../../commands/command.ts';
import { say } from '../../ui/output.ts';
import { fleetCommand } from './fleet-command.ts';

const description =
  'Operators’ tokens permit actions on the page and by /api/v1. Only their digests are stored. The commands on the server itself need none. A server that runs notices a change at once.';

const operatorTokens = async () => await import('../serve/operator-tokens.ts');
const stateOf = (directory: string) => join(directory, 'state');

const create = fleetCommand<{ readonly name: string }>({
  word: 'token create',
  summary: 'make an operator’s token, and print it',
  description,
  options: { '--name <name>': ['whose token it is', 'operator'] },
  async run({ directory, options: { name } }) {
    const { createOperatorToken } = await operatorTokens();
    say(createOperatorToken(stateOf(directory), name));
  },
});

const list = fleetCommand({
  word: 'token list',
  summary: 'list the names of operators’ tokens',
  description,
  async run({ directory }) {
    const { listOperatorTokens } = await operatorTokens();
    for (const { name, createdMs } of listOperatorTokens(stateOf(directory)))
      say(`${name}  ${new Date(createdMs).toISOString()}`);
  },
});

const revoke = fleetCommand({
  word: 'token revoke',
  summary: 'make an operator’s token invalid',
  description,
  args: { '<name>': 'the name of the token' },
  async run({ directory, args: [name = ''] }) {
    const { revokeOperatorToken } = await operatorTokens();
    revokeOperatorToken(stateOf(directory), name);
    say(`${name}: revoked`);
  },
});

export const tokenCommands: readonly Command[] = [create, list, revoke];
