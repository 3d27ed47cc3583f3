import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { FleetEvent, FleetEventKind } from '../../../src/provision/happened/fleet-event.ts';
import { buildMiniCoreos } from '../mini-coreos/build.ts';
import { endProcess } from './end-process.ts';
import { EventLog, type Limit } from './event-log.ts';
import { dist, pxeFiles } from './medium.ts';
import { addressRange, type Rack, rackAddress } from './rack.ts';
import { shellOnConsole } from './shell-on-console.ts';

const program = join(dist, 'coreos-provision');

/** Where the machines of a rack find the server. */
export const fleetUrl = `http://${rackAddress}:8080`;

/** Options of `serve`, in a rack where nobody else gives addresses. */
export const dhcpServer = [
  ...['--dhcp', 'server', '--interface', 'rack'],
  ...['--dhcp-range', addressRange.join('-')],
];

/** The same next to a DHCP server. */
export const dhcpProxy = ['--dhcp', 'proxy', '--interface', 'rack'];

export interface FleetOptions {
  /** How many machines its table has: `node-1`, … */
  readonly machines: number;
}

/** Of machine `number`, which begins at 1. */
export function macOf(number: number): string {
  return `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;
}

/**
 * Makes the directory of a fleet as its administrator would: `init`, `image add`, and four files edited.
 * Each machine gets its name, reports when it is up, and has a shell on its serial line.
 */
export async function makeFleet(directory: string, { machines }: FleetOptions): Promise<void> {
  await provision('init', directory);
  const { rawXz } = await buildMiniCoreos();
  const files = [rawXz, join(pxeFiles, 'vmlinuz'), join(pxeFiles, 'initramfs.img')];
  const added = await provision('image', 'add', '--insecure', directory, ...files);
  const digests = [...added.matchAll(/sha256:[0-9a-f]{64}/g)].map(([digest]) => digest);
  const [image, kernel, initramfs] = digests;
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  const settings = readFileSync(join(directory, 'fleet.yaml'), 'utf8');
  write('fleet.yaml', settings.replace(/^url: .*$/m, `url: ${fleetUrl}`));
  write(
    'profiles/worker.yaml',
    `image: ${image}
kernel: ${kernel}
initramfs: ${initramfs}
device: smallest
butane: worker.bu
kargs: [console=tty0, 'console=ttyS0,115200n8']
phone_home: true
`,
  );
  const lines = Array.from({ length: machines }, (_, index) => index + 1).map(
    (number) => `node-${number},${macOf(number)},r1,worker`,
  );
  write('machines.csv', `${['name,mac,rack,profile', ...lines].join('\n')}\n`);
  // JSON is YAML.
  write('butane/worker.bu', JSON.stringify(template, null, 2));
}

const phoneHome = `[Unit]
After=network-online.target
Wants=network-online.target
[Service]
Type=oneshot
ExecStart=/usr/bin/curl -sf --retry 60 --retry-delay 1 --retry-all-errors -X POST \${fleet.url}/v1/booted?mac=\${mac}
[Install]
WantedBy=multi-user.target
`;

const template = {
  variant: 'fcos',
  version: '1.0.0',
  storage: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the template's.
    files: [{ path: '/etc/hostname', mode: 0o644, contents: { inline: '${name}' } }],
    links: [shellOnConsole.link],
  },
  systemd: {
    units: [
      { name: 'phone-home.service', enabled: true, contents: phoneHome },
      shellOnConsole.unit,
    ],
  },
};

/** Runs a command of coreos-provision that must succeed. Returns what it printed. */
export async function provision(...words: readonly string[]): Promise<string> {
  const { stdout } = await execa(program, words);
  return stdout;
}

/** A server that runs in a rack. Leaving its scope ends it. */
export interface FleetServer extends AsyncDisposable {
  /** What has happened since it started. */
  readonly events: readonly FleetEvent[];
  /** The next event of these kinds after those that this has returned before. */
  next(kinds: readonly FleetEventKind[], limit: Limit): Promise<FleetEvent>;
  /** The same for one kind. */
  waitFor(kind: FleetEventKind, timeoutMs: number): Promise<FleetEvent>;
}

/** Serves a fleet where the rack is; `more` are options of `serve`. */
export async function serveFleet(
  rack: Rack,
  directory: string,
  more: readonly string[],
): Promise<FleetServer> {
  const [command = '', ...words] = [...rack.inside, program, 'serve', directory, ...more];
  // Ctrl-C is for us; whatever happens to us, it ends with the rack.
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const log = new EventLog<FleetEvent>();
  const printed: string[] = [];
  const ready = Promise.withResolvers<void>();
  child.once('close', (code, signal) => {
    const reason = new Error(`coreos-provision ended with ${code ?? signal}`);
    ready.reject(reason);
    log.end(reason);
  });
  const onLine = (line: string) => {
    printed.push(line);
    if (line.includes(' serves ')) ready.resolve();
    if (line.startsWith('{')) log.add(JSON.parse(line));
  };
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', onLine);
  const withOutput = (error: Error) => {
    throw new Error(`${error.message}. It printed:\n${printed.join('\n')}`, { cause: error });
  };
  await ready.promise.catch(withOutput);
  const next: FleetServer['next'] = (kinds, limit) => log.next(kinds, limit).catch(withOutput);
  return {
    events: log.events,
    next,
    waitFor: (kind, timeoutMs) => next([kind], { timeoutMs }),
    [Symbol.asyncDispose]: () => endProcess(child),
  };
}
