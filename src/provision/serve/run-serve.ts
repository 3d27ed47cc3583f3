import { on } from 'node:events';
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { join } from 'node:path';
import { readGivenFile } from '../../fetch/options/given-file.ts';
import { InputError, ParameterError } from '../../lib/errors.ts';
import { shellQuote } from '../../lib/text.ts';
import { presentable, say, sayJson, warn } from '../../ui/output.ts';
import type { DhcpAsked } from '../dhcp/address-plan.ts';
import { DhcpMemory } from '../dhcp/dhcp-seen.ts';
import { endPredecessor } from '../dhcp/dnsmasq-process.ts';
import { writeGrubConfig } from '../dhcp/loaders.ts';
import { startDhcp } from '../dhcp/start-dhcp.ts';
import { createControl } from '../rule/control.ts';
import type { FleetSettings } from '../wanted/fleet.ts';
import { type LoadedFleet, loadFleet } from '../wanted/load-fleet.ts';
import { watchFleet } from '../wanted/watch-fleet.ts';
import { countOf } from './count-of.ts';
import { createApp } from './create-app.ts';
import { type Listen, listen, socketPath, stopListening } from './listen.ts';
import { notifySystemd } from './notify-systemd.ts';
import { findOperator } from './operator-tokens.ts';

/** As they were typed. */
export interface ServeOptions extends DhcpAsked {
  /** Default: every address, and the port of the URL in fleet.yaml. */
  readonly listen?: { readonly address?: string | undefined; readonly port: number };
  /** Paths of files in PEM; one is not given without the other. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/** Serves until SIGTERM or Ctrl-C; reads the files again at SIGHUP and when they have changed. */
export async function runServe(directory: string, options: ServeOptions): Promise<undefined> {
  await using stack = new AsyncDisposableStack();
  const hangups = on(process, 'SIGHUP', { close: ['SIGTERM', 'SIGINT'] });
  stack.defer(async () => void (await hangups.return?.()));
  let fleet = await load(directory);
  const { url } = fleet.settings;
  await writeGrubConfig(directory, url);
  const state = join(directory, 'state');
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const control = stack.use(createControl({ database: join(state, 'fleet.db'), fleet }));
  stack.use(control.onCommitted(sayJson));
  await endPredecessor(directory);

  const dhcp = options.dhcp === 'none' ? undefined : new DhcpMemory();
  const app = await createApp({
    control,
    settings: () => fleet.settings,
    assetsDirectory: join(directory, 'assets'),
    operatorOf: (token) => findOperator(state, token),
    dhcp,
    log: warn,
  });
  const servers: Server[] = [];
  stack.defer(async () => {
    await app.close();
    await stopListening(servers);
  });
  for (const where of await placesOf(directory, options, fleet.settings))
    servers.push(await listen(app, where));
  if (dhcp !== undefined) {
    const onLine = (line: string) => dhcp.read(line, Date.now());
    stack.use(await startDhcp({ directory, url, asked: options, onLine, say: warn }));
  }

  say(`${url} serves ${countOf(fleet.machines.size)}.`);
  if (control.view().held) {
    say('Nothing is installed until you release the fleet (the database is new, or it was held):');
    say(`coreos-provision release --all --dir ${shellQuote(directory)}`);
  }
  stack.use(watchFleet(directory, fleet.stamp, () => process.emit('SIGHUP', 'SIGHUP')));
  await notifySystemd('READY=1');
  for await (const _ of hangups) {
    try {
      fleet = await load(directory, fleet.settings);
      for (const line of control.reload(fleet)) warn(line);
      say(`${directory} was read again: ${countOf(fleet.machines.size)}.`);
    } catch (error) {
      const { message } = error as Error;
      control.reload({ failure: presentable(message) });
      warn(`The files in use stay those of before. ${message}`);
    }
    // A certificate is renewed more often than a server is started.
    try {
      const tls = await tlsOf(options, fleet.settings);
      if (tls !== undefined) (servers[2] as TlsServer).setSecureContext(tls);
    } catch (error) {
      warn(`The certificate in use stays as it is. ${(error as Error).message}`);
    }
  }
  await notifySystemd('STOPPING=1');
}

/** `before`: of the set in use. Loaders are sent to the URLs of the new one, and nobody would listen there. */
async function load(directory: string, before?: FleetSettings): Promise<LoadedFleet> {
  const fleet = await loadFleet(directory);
  for (const line of fleet.warnings) warn(line);
  const { url, tlsUrl } = fleet.settings;
  if (before !== undefined && (url !== before.url || tlsUrl !== before.tlsUrl))
    throw new InputError({
      code: 'fleet-invalid',
      failed: 'Cannot use fleet.yaml',
      why: `${url === before.url ? 'tls_url' : 'url'} is another one than at the start`,
      next: 'Restart coreos-provision serve to use it.',
    });
  return fleet;
}

/** The loaders' port, the operators' socket, and the port for TLS. */
async function placesOf(
  directory: string,
  options: ServeOptions,
  settings: FleetSettings,
): Promise<Listen[]> {
  const { url, tlsUrl = '' } = settings;
  const { address: host, port = portOf(url) } = options.listen ?? {};
  const tls = await tlsOf(options, settings);
  return [
    { host, port },
    { path: socketPath(directory) },
    ...(tls ? [{ host, port: portOf(tlsUrl), tls }] : []),
  ];
}

async function tlsOf({ tlsCert, tlsKey }: ServeOptions, { tlsUrl }: FleetSettings) {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  if (tlsUrl === undefined)
    throw new ParameterError({
      code: 'parameters-conflict',
      failed: `Cannot use the certificate ${tlsCert}`,
      why: 'fleet.yaml has no tls_url, at whose port it would be used',
      next: 'Set tls_url to the https:// URL of this server, or leave out --tls-cert.',
    });
  const read = async (value: string, name: string) =>
    (await readGivenFile({ value, origin: { kind: 'option', name } }, 'client-key-unusable')).bytes;
  return { cert: await read(tlsCert, '--tls-cert'), key: await read(tlsKey, '--tls-key') };
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
