import type { Command } from '../../commands/command.ts';
import { say, warn } from '../../ui/output.ts';
import type { DoctorAnswer } from '../api.ts';
import { fleetCommand } from './fleet-command.ts';

/** The fleet’s other files may still be wrong. */
async function settingsOf(directory: string) {
  const { loadSettings } = await import('../wanted/fleet-settings.ts');
  return await loadSettings(directory);
}

const urlOf = async (directory: string) => (await settingsOf(directory)).url;

const loaders = fleetCommand<{ readonly secureBoot?: true; readonly grub?: string }>({
  word: 'loaders',
  summary: 'copy the boot loaders of this system into a fleet',
  description:
    'Copies iPXE from the distribution’s package into assets/tftp, from where TFTP and HTTP serve it.',
  options: {
    '--secure-boot': 'also shim and GRUB, which all UEFI machines get from then on',
    '--grub <file>': 'the same with this signed GRUB; default: that of the system',
  },
  async run({ directory, options: { grub, secureBoot = grub !== undefined } }) {
    const { copyLoaders } = await import('../dhcp/loaders.ts');
    const { url, edges } = await settingsOf(directory);
    const copied = await copyLoaders({ directory, url, secureBoot, ...(grub && { grub }) });
    for (const name of copied) say(`assets/tftp/${name}`);
    const withPort = [url, ...edges.values()].filter((one) => new URL(one).port !== '');
    if (secureBoot && withPort.length > 0)
      warn(
        `Note: GRUB before version 2.12 reaches port 80 only, and fleet.yaml has ${withPort.join(', ')}.`,
      );
  },
});

interface DhcpConfigOptions {
  readonly for: 'dnsmasq' | 'kea' | 'isc';
  readonly tftpServer?: string;
}

const dhcpConfig = fleetCommand<DhcpConfigOptions>({
  word: 'dhcp-config',
  summary: 'print what an existing DHCP server needs to boot machines',
  description:
    'Prints lines for a DHCP server that you run yourself: which file each kind of firmware boots.',
  options: {
    '--for <server>': ['which DHCP server', 'dnsmasq', ['dnsmasq', 'kea', 'isc']],
    '--tftp-server <address>':
      'the server of assets/tftp; default: the address in the URL of fleet.yaml',
  },
  async run({ directory, options }) {
    const { dhcpConfigFor } = await import('../dhcp/dhcp-config.ts');
    const url = await urlOf(directory);
    process.stdout.write(await dhcpConfigFor(options.for, { directory, url, ...options }));
  },
});

const doctor = fleetCommand({
  word: 'doctor',
  summary: 'show how far a machine came, and what to do next',
  description:
    'Asks the server what it knows of a machine, from its first DHCP request to the installed system, a line for each step.',
  args: { '<mac>': 'the MAC address of the machine' },
  async run({ directory, args: [mac = ''] }) {
    const { askServer } = await import('./ask-server.ts');
    const path = `/api/v1/doctor/${encodeURIComponent(mac)}`;
    const { links } = await askServer<DoctorAnswer>(directory, path);
    for (const { name, state, says } of links)
      say(`${name.padEnd(9)} ${(state === 'unknown' ? '?' : state).padEnd(8)} ${says}`);
    const wrong = links.find(({ state }) => state === 'missing' || state === 'failed');
    if (wrong?.next !== undefined) say(`Next: ${wrong.next}`);
  },
});

const emitNginx = fleetCommand<{ readonly upstream: string }>({
  word: 'emit nginx',
  summary: 'print a config of nginx in front of the server',
  description:
    'Prints a config for /etc/nginx/conf.d: assets come from the disk, everything else from the server.',
  options: { '--upstream <url>': ['the server behind it', 'http://127.0.0.1:8081'] },
  async run({ directory, options: { upstream } }) {
    const { originConfig } = await import('../scale/nginx-config.ts');
    const url = await urlOf(directory);
    process.stdout.write(originConfig({ directory, url, upstreamUrl: upstream }));
  },
});

interface CacheOptions {
  readonly origin?: string;
  readonly port: string;
}

/** From where a cache fetches, and where it listens. */
async function cacheOf(directory: string, { origin, port }: CacheOptions) {
  const { checked } = await import('../dhcp/network-values.ts');
  return { originUrl: origin ?? (await urlOf(directory)), port: Number(checked('port', port)) };
}

const cacheOptions = {
  '--origin <url>': 'from where to fetch; default: the URL in fleet.yaml',
  '--port <port>': ['where to listen', '8080'],
} as const;

const emitCache = fleetCommand<CacheOptions>({
  word: 'emit cache',
  summary: 'print a config of nginx as a rack’s cache',
  description: 'Prints a config for /etc/nginx/conf.d of a machine that keeps copies of assets.',
  options: cacheOptions,
  async run({ directory, options }) {
    const { cacheDirectory, edgeConfig } = await import('../scale/nginx-config.ts');
    const cache = await cacheOf(directory, options);
    process.stdout.write(edgeConfig({ ...cache, cacheDirectory }));
  },
});

const emitEdge = fleetCommand<CacheOptions & { readonly image: string }>({
  word: 'emit edge',
  summary: 'print a Butane config of a machine that is a rack’s cache',
  description: 'Prints a template for butane/ that runs nginx as a cache, in a container.',
  options: {
    ...cacheOptions,
    '--image <image>': ['a container image with nginx', 'docker.io/library/nginx:stable'],
  },
  async run({ directory, options }) {
    const { edgeProfile } = await import('../scale/edge-profile.ts');
    const cache = await cacheOf(directory, options);
    process.stdout.write(edgeProfile({ ...cache, image: options.image }));
  },
});

export const configCommands: readonly Command[] = [
  loaders,
  dhcpConfig,
  doctor,
  emitNginx,
  emitCache,
  emitEdge,
];
