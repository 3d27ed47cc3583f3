import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { FleetEvent, FleetEventKind } from '../../../src/provision/model.ts';
import { buildMiniCoreos } from '../mini-coreos/build.ts';
import { dist, pxeFiles } from './medium.ts';
import { type Rack, rackAddress } from './rack.ts';
import { shellOnConsole } from './shell-on-console.ts';

const program = join(dist, 'coreos-provision');

/** Where the machines of a rack find the server. */
export const fleetUrl = `http://${rackAddress}:8080`;

export interface FleetOptions {
  /** How many machines its table has: `node-1`, … */
  readonly machines: number;
  /** Default: {@link fleetUrl}. */
  readonly url?: string;
}

/** Of machine `number`, which begins at 1. */
export function macOf(number: number): string {
  return `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;
}

/**
 * Makes the directory of a fleet as its administrator would: `init`, `image add`, and four files edited.
 * Each machine gets its name, reports when it is up, and has a shell on its serial line.
 */
export async function makeFleet(directory: string, options: FleetOptions): Promise<void> {
  const { machines, url = fleetUrl } = options;
  await provision('init', directory);
  const { rawXz } = await buildMiniCoreos();
  const files = [rawXz, join(pxeFiles, 'vmlinuz'), join(pxeFiles, 'initramfs.img')];
  const added = await provision('image', 'add', '--insecure', directory, ...files);
  const digests = [...added.matchAll(/sha256:[0-9a-f]{64}/g)].map(([digest]) => digest);
  const [image, kernel, initramfs] = digests;
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  const settings = readFileSync(join(directory, 'fleet.yaml'), 'utf8');
  write('fleet.yaml', settings.replace(/^url: .*$/m, `url: ${url}`));
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
  /** The next event of that kind after those that this has returned before. */
  waitFor(kind: FleetEventKind, timeoutMs: number): Promise<FleetEvent>;
  /** Everything that it printed. */
  text(): string;
}

/** Serves a fleet where the rack is; `more` are options of `serve`. */
export async function serveFleet(
  rack: Rack,
  directory: string,
  more: readonly string[],
): Promise<FleetServer> {
  const command = [...rack.inside, program, 'serve', directory, ...more];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: FleetEvent[] = [];
  const printed: string[] = [];
  let taken = 0;
  let changed = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  const ended = endOf(child).then((code) => {
    const reason = new Error(`coreos-provision ended with ${code}:\n${printed.join('\n')}`);
    ready.reject(reason);
    changed.reject(reason);
  });
  changed.promise.catch(() => {});
  const onLine = (line: string) => {
    printed.push(line);
    if (line.includes(' serves ')) ready.resolve();
    if (!line.startsWith('{')) return;
    events.push(JSON.parse(line));
    changed.resolve();
    changed = Promise.withResolvers();
    changed.promise.catch(() => {});
  };
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', onLine);
  await ready.promise;
  return {
    events,
    text: () => printed.join('\n'),
    async waitFor(kind, timeoutMs) {
      const signal = AbortSignal.timeout(timeoutMs);
      const late = once(signal, 'abort').then(() => {
        throw new Error(`no event ${kind} within ${timeoutMs / 1000} s:\n${printed.join('\n')}`);
      });
      for (;;) {
        const index = events.findIndex((event, at) => at >= taken && event.kind === kind);
        const found = events[index];
        if (found !== undefined) {
          taken = index + 1;
          return found;
        }
        await Promise.race([changed.promise, late]);
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function endOf(child: ChildProcess): Promise<number | string | null> {
  const [code, signal] = await once(child, 'close');
  return code ?? signal;
}
