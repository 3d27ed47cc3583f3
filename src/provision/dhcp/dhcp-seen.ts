import { basename } from 'node:path';
import { readText } from '../../system/kernel-files.ts';
import { firmwareNames } from './boot-plan.ts';

/** What was seen of a machine before it asked the server for a boot script. Times as `Date.now()`. */
export interface DhcpSeen {
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
const ofMachine = /^(?:DHCP[A-Z]+|PXE)\(\S+\) (?:[\d.]+ )?((?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?: |$)/;
const transfers: readonly RegExp[] = [
  /^sent (?<file>.+) to (?<address>[\d.]+)$/,
  /^file (?<file>.+) (?<failure>not found) for (?<address>[\d.]+)$/,
  /^(?<failure>failed sending) (?<file>.+) to (?<address>[\d.]+)$/,
];

/** Reads dnsmasq's log (option `log-dhcp`), and remembers the newest of each machine. */
export class DhcpMemory {
  /** By MAC address; the newest is the last one. */
  readonly #seen = new Map<string, DhcpSeen>();
  readonly #macOf: (address: string) => string | undefined;
  /** dnsmasq logs one request after the other: what is known of the one whose lines come now. */
  #request: { id?: string; architecture?: number; mac?: string } = {};

  constructor(macOf: (address: string) => string | undefined = neighbour) {
    this.#macOf = macOf;
  }

  seen(mac: string): DhcpSeen | undefined {
    return this.#seen.get(mac);
  }

  /** One line. */
  read(line: string, atMs: number): void {
    const [, source, id, text = ''] =
      /^dnsmasq-(dhcp|tftp)(?:\[\d+\])?: (?:(\d+) )?(.*)$/.exec(line) ?? [];
    if (source === 'tftp') this.#readTransfer(text, atMs);
    else if (id !== undefined) this.#readRequest(id, text, atMs);
  }

  #readRequest(id: string, text: string, atMs: number): void {
    if (id !== this.#request.id) this.#request = { id };
    const request = this.#request;
    const [, architecture] = /^vendor class: (?:PXE|HTTP)Client:Arch:(\d{5})/.exec(text) ?? [];
    if (architecture !== undefined) request.architecture = Number(architecture);
    const [, mac] = ofMachine.exec(text) ?? [];
    if (mac !== undefined) request.mac = mac;
    const [, tags] = /^tags: (.*)$/.exec(text) ?? [];
    if (tags !== undefined && request.mac !== undefined)
      this.#add(request.mac, asked(tags.split(', '), request.architecture, atMs));
  }

  #readTransfer(text: string, atMs: number): void {
    const found = transfers.map((form) => form.exec(text)?.groups).find(Boolean);
    const { file = '', address = '', failure } = found ?? {};
    const mac = this.#macOf(address);
    if (mac !== undefined)
      this.#add(mac, { loader: { file: basename(file), atMs, ...(failure && { failure }) } });
  }

  /** The oldest is forgotten: anybody in the network can invent MAC addresses. */
  #add(mac: string, news: DhcpSeen | undefined): void {
    if (news === undefined) return;
    const before = this.#seen.get(mac);
    this.#seen.delete(mac);
    this.#seen.set(mac, { ...before, ...news });
    const [oldest] = this.#seen.size > maxMachines ? this.#seen.keys() : [];
    if (oldest !== undefined) this.#seen.delete(oldest);
  }
}

/** By the tags that dnsmasq gave to a request; the installer and the installed system ask as well. */
function asked(tags: readonly string[], architecture: number | undefined, atMs: number) {
  if (tags.includes('ipxe')) return { ipxeMs: atMs };
  const kind = tags.find((tag) => firmwareNames.has(tag));
  if (kind === undefined && architecture === undefined) return undefined;
  return {
    firmware: { atMs, ...(kind && { kind }), ...(architecture !== undefined && { architecture }) },
  };
}

/** Of an address in our network, from the kernel's table: it was sent something just now. */
function neighbour(address: string): string | undefined {
  const line = readText('/proc/net/arp')
    ?.split('\n')
    .find((line) => line.startsWith(`${address} `));
  const found = line?.split(/\s+/)[3];
  return found === '00:00:00:00:00:00' ? undefined : found;
}
