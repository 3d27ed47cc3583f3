import { InvalidArgumentError } from 'commander';
import type { Command } from '../../commands/command.ts';
import { text } from '../../commands/option-values.ts';
import { addDhcpOptions, readDhcpOptions } from '../dhcp/dhcp-options.ts';
import type { ServeAsked } from '../serve/run-serve.ts';
import { addFleet, fleetOf } from './fleet-directory.ts';

export const serveCommand: Command<ServeAsked> = {
  word: 'serve',
  summary: 'serve a fleet to its machines and its operators',
  define(commander) {
    addFleet(commander)
      .description(
        'Serves boot scripts, configs and files to the machines of a fleet, and a page to\n' +
          'its operators. Decides which machine may install what, and remembers what\n' +
          'happened. SIGHUP: reads the files again, all or nothing. SIGTERM: ends.',
      )
      .option(
        '--listen <address:port>',
        'where to listen; default: all addresses, the port of url',
        place,
      )
      .option('--tls-cert <file>', 'certificates in PEM, for the port of tls_url', text)
      .option('--tls-key <file>', 'their key in PEM', text);
    addDhcpOptions(commander);
  },
  read(commander) {
    const { listen, tlsCert, tlsKey } = commander.opts<Options>();
    if ((tlsCert === undefined) !== (tlsKey === undefined))
      commander.error('--tls-cert and --tls-key are given together');
    const dhcp = readDhcpOptions(commander);
    return {
      directory: fleetOf(commander),
      ...(listen && { listen }),
      ...(dhcp && { dhcp }),
      ...(tlsCert !== undefined && tlsKey !== undefined && { tls: { cert: tlsCert, key: tlsKey } }),
    };
  },
  run: async (asked) => await (await import('../serve/run-serve.ts')).runServe(asked),
  // It goes on without a reader of its log.
  isForOutput: () => false,
};

interface Options {
  readonly listen?: ServeAsked['listen'];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** `192.0.2.1:8080`, `[2001:db8::1]:8080` or `:8080`. */
function place(value: string): NonNullable<ServeAsked['listen']> {
  const [, bracketed, plain, digits] =
    /^(?:\[([\da-fA-F:.]+)\]|([\w.-]*)):(\d{1,5})$/.exec(value) ?? [];
  const port = Number(digits ?? 0);
  if (port < 1 || port > 65_535)
    throw new InvalidArgumentError('It must be ADDRESS:PORT, such as 192.0.2.1:8080.');
  return { address: (bracketed ?? plain) || undefined, port };
}
