import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** What was seen of a machine before it asked the server for a boot script. Times as `Date.now()`. */
export interface DhcpSeen {
  readonly mac: string;
  readonly firmware?: {
    readonly atMs: number;
    /** As in `BootFile`; absent: nothing is offered to this architecture. */
    readonly kind?: string;
    /** Option 93, as far as the vendor class names it. */
    readonly architecture?: number;
  };
  readonly ipxeMs?: number;
  readonly loader?: {
    readonly file: string;
    readonly atMs: number;
    /** In dnsmasq's words; absent: it was sent as a whole. */
    readonly failure?: string;
  };
}

const maxMachines = 20_000;
const kinds = new Set(['bios', 'uefi-x64', 'uefi-arm64', 'http-x64', 'http-arm64']);
const mac = '(?<mac>(?:[0-9a-f]{2}:){5}[0-9a-f]{2})';
const request = new RegExp(
  `^\\d+ (?:DHCP[A-Z]+|PXE)\\(\\S+\\) (?:(?<address>[\\d.]+) )?${mac}(?: |$)`,
);
const sent = /^sent (?<file>.+) to (?<address>[\d.]+)$/;
const failures: readonly RegExp[] = [
  /^file (?<file>.+) (?<failure>not found) for (?<address>[\d.]+)$/,
  /^(?<failure>failed sending) (?<file>.+) to (?<address>[\d.]+)$/,
];

/** Reads dnsmasq's log (option `log-dhcp`), and remembers the newest of each machine. */
export class DhcpMemory {
  readonly #machines = new Map<string, DhcpSeen>();
  readonly #macs = new Map<string, string>();
  readonly #macOf: (address: string) => string | undefined;
  /** dnsmasq logs one request after the other: what is known of the one whose lines come now. */
  #architecture: number | undefined;
  #mac: string | undefined;

  constructor(macOf: (address: string) => string | undefined = neighbour) {
    this.#macOf = macOf;
  }

  /** Newest last. */
  get machines(): readonly DhcpSeen[] {
    return [...this.#machines.values()];
  }

  /** One line. Returns whether it says something new. */
  read(line: string, atMs: number): boolean {
    const [, source, text = ''] = /^dnsmasq-(dhcp|tftp)(?:\[\d+\])?: (.*)$/.exec(line) ?? [];
    if (source === 'tftp') return this.#readTransfer(text, atMs);
    return source === 'dhcp' && this.#readRequest(text, atMs);
  }

  #readRequest(text: string, atMs: number): boolean {
    const [, vendor] = /^\d+ vendor class: (.*)$/.exec(text) ?? [];
    if (vendor !== undefined) {
      const [, architecture] = /^(?:PXE|HTTP)Client:Arch:(\d{5})/.exec(vendor) ?? [];
      this.#architecture = architecture === undefined ? undefined : Number(architecture);
      return false;
    }
    const { mac, address } = request.exec(text)?.groups ?? {};
    if (mac !== undefined) {
      this.#mac = mac;
      if (address !== undefined) remember(this.#macs, address, mac);
      return false;
    }
    const [, tags] = /^\d+ tags: (.*)$/.exec(text) ?? [];
    if (tags === undefined || this.#mac === undefined) return false;
    const [about, architecture] = [this.#mac, this.#architecture];
    this.#mac = this.#architecture = undefined;
    const words = tags.split(', ');
    const kind = words.find((word) => kinds.has(word));
    if (words.includes('ipxe')) this.#set(about, { ipxeMs: atMs });
    // The installer and the installed system ask as well, without an architecture.
    else if (kind === undefined && architecture === undefined) return false;
    else {
      const known = architecture === undefined ? {} : { architecture };
      this.#set(about, { firmware: { atMs, ...(kind === undefined ? {} : { kind }), ...known } });
    }
    return true;
  }

  #readTransfer(text: string, atMs: number): boolean {
    const found = [sent, ...failures].map((pattern) => pattern.exec(text)?.groups).find(Boolean);
    const { file = '', address = '', failure } = found ?? {};
    const about = this.#macs.get(address) ?? this.#macOf(address);
    if (about === undefined) return false;
    this.#set(about, {
      loader: { file: basename(file), atMs, ...(failure === undefined ? {} : { failure }) },
    });
    return true;
  }

  #set(mac: string, news: Omit<DhcpSeen, 'mac'>): void {
    const before = this.#machines.get(mac);
    this.#machines.delete(mac);
    remember(this.#machines, mac, { mac, ...before, ...news });
  }
}

/** The oldest is forgotten: anybody in the network can invent MAC addresses. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  const [oldest] = map.size > maxMachines ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
}

/** Of an address in our network, from the kernel's table: with a proxy, others give the addresses. */
function neighbour(address: string): string | undefined {
  const line = readFileSync('/proc/net/arp', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${address} `));
  const found = line?.split(/\s+/)[3];
  return found === '00:00:00:00:00:00' ? undefined : found;
}
