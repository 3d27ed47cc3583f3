import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { EventsAnswer } from '../../../src/provision/api.ts';
import type { FleetEvent } from '../../../src/provision/happened/fleet-event.ts';
import type { FleetView } from '../../../src/provision/rule/views.ts';
import { FleetDirectory, workerTemplate } from '../fleet-directory.ts';
import { runningServer } from '../running-server.ts';
import type { FakeDescription } from './fault-plan.ts';

export interface ServedOptions {
  readonly machines: readonly FakeDescription[];
  readonly concurrency: number;
  /** Of fleet.yaml, and where the server listens: at its port of 127.0.0.1, or behind nginx. */
  readonly url: string;
  readonly port: number;
  /** Rack → URL of its cache. */
  readonly edges?: Readonly<Record<string, string>>;
  readonly files?: { readonly boot: Uint8Array; readonly image: Uint8Array };
  /** The program, with what runs it. Default: the sources. */
  readonly program?: readonly [string, ...string[]];
  readonly env?: Record<string, string>;
}

/** A server with the table of fake machines, which can be killed and started again; released. */
export class ServedFleet implements AsyncDisposable {
  readonly directory = new FleetDirectory();
  readonly #options: ServedOptions;
  readonly #agent: Agent;
  #server: Awaited<ReturnType<typeof runningServer>> | undefined;
  /** Of each server that ran, at its end. */
  readonly peakBytes: number[] = [];
  /** Processor time of all of them. */
  cpuMs = 0;

  private constructor(options: ServedOptions) {
    this.#options = options;
    const socketPath = join(this.directory.path, 'state/control.sock');
    this.#agent = new Agent({ connect: { socketPath } });
    writeFleet(this.directory, options);
  }

  static async start(options: ServedOptions): Promise<ServedFleet> {
    const fleet = new ServedFleet(options);
    try {
      await fleet.start();
      await fleet.ask('/api/v1/release', 'POST');
      for (const { name, fault } of options.machines)
        if (fault === 'held') await fleet.ask(`/api/v1/machines/${name}/hold`, 'POST');
      return fleet;
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
  }

  async start(): Promise<void> {
    const { port, program, env } = this.#options;
    this.#server = await runningServer(this.directory.path, {
      port,
      ...(program && { program }),
      ...(env && { env }),
    });
  }

  get pid(): number {
    return this.#server?.child.pid ?? 0;
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    if (this.#server === undefined) return;
    this.peakBytes.push(peakBytesOf(this.pid));
    this.cpuMs += cpuMsOf(this.pid);
    await this.#server[Symbol.asyncDispose]();
    this.#server = undefined;
  }

  /** As an operator, through the socket. */
  async ask<Told>(path: string, method: 'GET' | 'POST' = 'GET'): Promise<Told> {
    const options = { dispatcher: this.#agent, method };
    const { statusCode, body } = await request(`http://localhost${path}`, options);
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${await body.text()}`);
    return (await body.json()) as Told;
  }

  async view(): Promise<FleetView> {
    return await this.ask('/api/v1/machines');
  }

  async events(): Promise<FleetEvent[]> {
    const all: FleetEvent[] = [];
    for (;;) {
      const after = all.at(-1)?.seq ?? 0;
      const { events } = await this.ask<EventsAnswer>(`/api/v1/events?after=${after}`);
      if (events.length === 0) return all;
      all.push(...events);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#agent.destroy();
    this.directory[Symbol.dispose]();
  }
}

function writeFleet(directory: FleetDirectory, options: ServedOptions): void {
  const { machines, concurrency, url, edges = {}, files } = options;
  directory.put(
    'fleet.yaml',
    [
      `url: ${url}`,
      `concurrency: ${concurrency}`,
      // What a fault costs is counted, not kept from the others.
      'canary: 0',
      'stop_when: {failures: 10000, percent: 100}',
      ...(Object.keys(edges).length > 0 ? ['edges:'] : []),
      ...Object.entries(edges).map(([rack, edge]) => `  ${rack}: ${edge}`),
      '',
    ].join('\n'),
  );
  const lines = machines
    .filter(({ fault }) => fault !== 'stranger')
    .map(({ name, mac, uuid, rack, fault }) => {
      const own = fault === 'same-uuid' ? '' : uuid;
      return `${name},${mac},${own},${rack},worker,${name}.example`;
    });
  directory.put('machines.csv', `name,mac,uuid,rack,profile,hostname\n${lines.join('\n')}\n`);
  directory.put('butane/worker.bu', workerTemplate);
  const boot = files?.boot ?? Buffer.from('boot');
  directory.put(
    'profiles/worker.yaml',
    `image: sha256:${directory.addAsset('metal.raw.xz', files?.image ?? Buffer.from('image'))}
kernel: sha256:${directory.addAsset('vmlinuz', boot.subarray(0, 2))}
initramfs: sha256:${directory.addAsset('initramfs.img', boot)}
device: /dev/vda
butane: worker.bu
phone_home: true
`,
  );
}

/** Resident, program included. */
function peakBytesOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1]) * 1024;
}

/** In its own code and in the kernel: proc(5), in ticks of a hundredth of a second. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
