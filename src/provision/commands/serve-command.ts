import { InvalidArgumentError } from 'commander';
import type { Command } from '../../commands/command.ts';
import {
  addDhcpOptions,
  type DhcpOptions,
  dhcpAsked,
  dhcpObjection,
} from '../dhcp/dhcp-options.ts';
import type { ServeAsked } from '../serve/run-serve.ts';
import { fleetCommand } from './fleet-command.ts';

interface ServeOptions extends DhcpOptions {
  readonly listen?: ServeAsked['listen'];
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

const serve = fleetCommand<ServeOptions>({
  word: 'serve',
  summary: 'serve a fleet to its machines and its operators',
  description:
    'Serves boot scripts, configs and files to the machines of a fleet, and a page to its operators. Decides which machine may install what, and remembers what happened. SIGHUP: reads the files again, all or nothing. SIGTERM: ends.',
  options: {
    '--tls-cert <file>': 'certificates in PEM, for the port of tls_url',
    '--tls-key <file>': 'their key in PEM',
  },
  define(commander) {
    const listen = 'where to listen; default: all addresses, the port of url';
    commander.option('--listen <address:port>', listen, place);
    addDhcpOptions(commander);
  },
  objection: ({ options }) =>
    (options.tlsCert === undefined) === (options.tlsKey === undefined)
      ? dhcpObjection(options)
      : '--tls-cert and --tls-key are given together',
  async run({ directory, options }) {
    const { listen, tlsCert: cert, tlsKey: key } = options;
    const dhcp = dhcpAsked(options);
    const { runServe } = await import('../serve/run-serve.ts');
    await runServe({
      directory,
      ...(listen && { listen }),
      ...(dhcp && { dhcp }),
      ...(cert !== undefined && key !== undefined && { tls: { cert, key } }),
    });
  },
});

/** It goes on without a reader of its log. */
export const serveCommand: Command = { ...serve, isForOutput: () => false };

/** `192.0.2.1:8080`, `[2001:db8::1]:8080` or `:8080`. */
function place(value: string): NonNullable<ServeAsked['listen']> {
  const [, bracketed, plain, digits] =
    /^(?:\[([\da-fA-F:.]+)\]|([\w.-]*)):(\d{1,5})$/.exec(value) ?? [];
  const port = Number(digits ?? 0);
  if (port < 1 || port > 65_535)
    throw new InvalidArgumentError('It must be ADDRESS:PORT, such as 192.0.2.1:8080.');
  return { address: (bracketed ?? plain) || undefined, port };
}
