import { Argument } from 'commander';
import type { Command } from '../../commands/command.ts';
import { text } from '../../commands/option-values.ts';
import type { EmitAsked } from '../scale/run-emit.ts';
import { addFleet, fleetOf } from './fleet-directory.ts';

export const emitCommand: Command<EmitAsked> = {
  word: 'emit',
  summary: 'print configs for nginx',
  define(commander) {
    commander
      .description(
        'Prints a config: of nginx in front of the server (nginx) or as a rack’s cache\n(cache), or for a machine that is such a cache (edge, in Butane).',
      )
      .addArgument(new Argument('<what>', 'what to print').choices(['nginx', 'cache', 'edge']));
    addFleet(commander)
      .option('--upstream <url>', 'nginx: the server behind it', text, 'http://127.0.0.1:8081')
      .option(
        '--origin <url>',
        'cache, edge: from where to fetch; default: the URL in fleet.yaml',
        text,
      )
      .option('--port <port>', 'cache, edge: where to listen', text, '8080')
      .option(
        '--image <image>',
        'edge: a container image with nginx',
        text,
        'docker.io/library/nginx:stable',
      );
  },
  read: (commander) => ({
    what: commander.args[0] as EmitAsked['what'],
    directory: fleetOf(commander, 1),
    ...commander.opts<Omit<EmitAsked, 'what' | 'directory'>>(),
  }),
  run: async (asked) => await (await import('../scale/run-emit.ts')).runEmit(asked),
};
