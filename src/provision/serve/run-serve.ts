import { mkdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { join } from 'node:path';
import { InputError, ParameterError } from '../../lib/errors.ts';
import { shellQuote } from '../../lib/text.ts';
import { presentable, say, sayJson, warn } from '../../ui/output.ts';
import { renewGrubConfig } from '../dhcp/loaders.ts';
import { clearDhcp, type DhcpAsked, startDhcp } from '../dhcp/start-dhcp.ts';
import type { Fleet, FleetSettings } from '../model.ts';
import { createControl } from '../rule/control.ts';
import { type LoadedFleet, loadFleet } from '../wanted/load-fleet.ts';
import { watchFleet } from '../wanted/watch-fleet.ts';
import { countOf } from './count-of.ts';
import { createApp } from './create-app.ts';
import { checkArguments } from './installer-arguments.ts';
import { type Listen, listen, socketPath, stopListening } from './listen.ts';
import { notifySystemd } from './notify-systemd.ts';
import { findOperator } from './operator-tokens.ts';

export interface ServeAsked {
  readonly directory: string;
  /** Default: every address, and the port of the URL in fleet.yaml. */
  readonly listen?: { readonly address?: string | undefined; readonly port: number };
  /** Paths of files in PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** dnsmasq, as a child. */
  readonly dhcp?: DhcpAsked;
}

/** More than these are served better by nginx. */
const manyMachines = 100;

/** Serves until SIGTERM or Ctrl-C; reads the files again at SIGHUP and when they have changed. */
export async function runServe(asked: ServeAsked): Promise<undefined> {
  const { directory } = asked;
  await using stack = new AsyncDisposableStack();
  const signals = stack.use(listenToSignals());
  let fleet = await load(directory);
  const { url, tlsUrl } = fleet.settings;
  await renewGrubConfig(directory, url);
  const state = join(directory, 'state');
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const control = stack.use(createControl({ database: join(state, 'fleet.db'), fleet }));
  stack.use(control.onCommitted(sayJson));
  await clearDhcp(directory);

  const own = new WeakSet<object>();
  const app = await createApp({
    control,
    fleet: () => fleet,
    assetsDirectory: join(directory, 'assets'),
    operatorOf: (token) => findOperator(state, token),
    isFromSocket: (raw) => own.has((raw as { socket: { server: object } }).socket.server),
    log: warn,
  });
  const servers: Server[] = [];
  stack.defer(async () => {
    await app.close();
    await stopListening(servers);
  });
  const tls = tlsOf(asked, fleet.settings);
  for (const where of placesOf(asked, fleet.settings, tls)) servers.push(await listen(app, where));
  const socket = await listen(app, { path: socketPath(directory) });
  own.add(socket);
  servers.push(socket);
  if (asked.dhcp !== undefined) {
    stack.use(await startDhcp({ directory, url, asked: asked.dhcp, say: warn }));
  }

  for (const line of greeting(fleet, control.view().held, asked)) say(line);
  stack.use(watchFleet(directory, fleet.stamp, () => process.emit('SIGHUP', 'SIGHUP')));
  await notifySystemd('READY=1');
  for await (const signal of signals) {
    if (signal !== 'SIGHUP') break;
    try {
      const read = await load(directory);
      refuseMoved({ url, tlsUrl }, read.settings);
      fleet = read;
      control.reload(fleet);
      say(`${directory} was read again: ${countOf(fleet.machines.size)}.`);
    } catch (error) {
      const { message } = error as Error;
      control.reload({ failure: presentable(message) });
      warn(`The files in use stay those of before. ${message}`);
    }
    renewTls(asked, fleet.settings, servers[1]);
  }
  await notifySystemd('STOPPING=1');
}

async function load(directory: string): Promise<LoadedFleet> {
  const fleet = await loadFleet(directory);
  for (const line of fleet.warnings) warn(line);
  checkArguments(fleet);
  return fleet;
}

/** Sockets, dnsmasq and GRUB's config are made for these at the start. */
function refuseMoved(
  before: { readonly url: string; readonly tlsUrl: string | undefined },
  { url, tlsUrl }: FleetSettings,
): void {
  const name = url !== before.url ? 'url' : 'tls_url';
  if (url === before.url && tlsUrl === before.tlsUrl) return;
  throw new InputError({
    code: 'fleet-invalid',
    failed: 'Cannot use fleet.yaml',
    why: `${name} is another one than at the start`,
    next: 'Restart coreos-provision serve to use it.',
  });
}

/** A certificate is renewed more often than a server is started. */
function renewTls(asked: ServeAsked, settings: FleetSettings, server: Server | undefined): void {
  try {
    const renewed = tlsOf(asked, settings);
    if (renewed !== undefined) (server as TlsServer).setSecureContext(renewed);
  } catch (error) {
    warn(`The certificate in use stays as it is. ${(error as Error).message}`);
  }
}

interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

function tlsOf({ tls }: ServeAsked, { tlsUrl }: FleetSettings): TlsFiles | undefined {
  if (tls === undefined) return undefined;
  if (tlsUrl === undefined)
    throw new ParameterError({
      code: 'parameters-conflict',
      failed: `Cannot use the certificate ${tls.cert}`,
      why: 'fleet.yaml has no tls_url, at whose port it would be used',
      next: 'Set tls_url to the https:// URL of this server, or leave out --tls-cert.',
    });
  return { cert: readPem(tls.cert), key: readPem(tls.key) };
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ParameterError({
      code: 'client-key-unusable',
      failed: `Cannot read ${path}`,
      why: (error as Error).message,
      next: 'Give a file in PEM that this user can read.',
    });
  }
}

function placesOf(
  { listen: given }: ServeAsked,
  { url, tlsUrl = '' }: FleetSettings,
  tls: TlsFiles | undefined,
): Listen[] {
  const address = given?.address;
  const plain = { address, port: given?.port ?? portOf(url) };
  return tls === undefined ? [plain] : [plain, { address, port: portOf(tlsUrl), tls }];
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function greeting({ settings, machines }: Fleet, held: boolean, asked: ServeAsked): string[] {
  const isDirect = !/^(127\.|::1$)/.test(asked.listen?.address ?? '');
  return [
    `${settings.url} serves ${countOf(machines.size)}.`,
    ...(held
      ? [
          'Nothing is installed until you release the fleet (the database is new, or it was held):',
          `coreos-provision release --all --dir ${shellQuote(asked.directory)}`,
        ]
      : []),
    ...(machines.size > manyMachines && settings.edges.size === 0 && isDirect
      ? [
          `More than ${manyMachines} machines are served faster by nginx: coreos-provision emit nginx.`,
        ]
      : []),
  ];
}

type Signal = 'SIGHUP' | 'SIGTERM' | 'SIGINT';

/** Each signal once, in the order in which they came. */
function listenToSignals(): AsyncIterable<Signal> & Disposable {
  const names: readonly Signal[] = ['SIGHUP', 'SIGTERM', 'SIGINT'];
  const came: Signal[] = [];
  let next = Promise.withResolvers<void>();
  const listener = (signal: NodeJS.Signals) => {
    came.push(signal as Signal);
    next.resolve();
  };
  for (const name of names) process.on(name, listener);
  return {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const signal = came.shift();
        if (signal !== undefined) {
          yield signal;
          continue;
        }
        next = Promise.withResolvers<void>();
        await next.promise;
      }
    },
    [Symbol.dispose]() {
      for (const name of names) process.off(name, listener);
    },
  };
}
