import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ActionDone, ApiError, MachineAnswer } from '../../../src/provision/api.ts';
import type { FleetEvent } from '../../../src/provision/happened/fleet-event.ts';
import { readPage } from '../../../src/provision/page/page.ts';
import type { FleetView, MachineView } from '../../../src/provision/rule/views.ts';
import { exampleMachine } from './fleets.ts';

export const goodToken = 'a-token-of-an-operator';

/**
 * Serves the page, and a fleet that a test changes as it likes; src/provision/api.ts is the contract.
 * It keeps what changed, so that a client that comes back gets `changes` from there on.
 */
export class FleetServer implements AsyncDisposable {
  /** Each request, as `GET /path`. */
  readonly requests: string[] = [];
  /** `Last-Event-ID` of each request for the stream; '' without. */
  readonly resumedFrom: string[] = [];
  /** The status that requests for the stream are answered with, for as long as it is not 200. */
  streamStatus = 200;
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #streams = new Set<ServerResponse>();
  readonly #events: FleetEvent[] = [];
  readonly #changes: { readonly seq: number; readonly names: readonly string[] }[] = [];
  #view: FleetView;
  /** Who was here before it, gets everything. */
  #knowsFrom = 0;

  constructor(view: FleetView) {
    this.#view = view;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async listen(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return this;
  }

  /** Changes machines by name, or the fleet as a whole; every page gets it at once. */
  change(
    changed: Readonly<Record<string, Partial<MachineView>>>,
    fleet: Partial<Omit<FleetView, 'machines'>> = {},
    removed: readonly string[] = [],
  ): void {
    const seq = this.#view.seq + 1;
    const machines = new Map(this.#view.machines.map((machine) => [machine.name, machine]));
    for (const [name, to] of Object.entries(changed)) {
      const { needs: _, ...before } = machines.get(name) ?? exampleMachine({ name });
      machines.set(name, { ...before, ...to });
    }
    for (const name of removed) machines.delete(name);
    this.#view = {
      ...this.#view,
      ...fleet,
      seq,
      atMs: Date.now(),
      machines: [...machines.values()],
    };
    this.#changes.push({ seq, names: [...Object.keys(changed), ...removed] });
    for (const stream of this.#streams) this.#sendChanges(stream, seq - 1);
  }

  happened(event: Omit<FleetEvent, 'seq' | 'atMs' | 'data'> & Partial<FleetEvent>): void {
    this.#events.push({ seq: this.#events.length + 1, atMs: Date.now(), data: {}, ...event });
  }

  /** As a proxy or a server that ends does it. */
  dropStreams(): void {
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
  }

  /** As one that is started again with an empty database: it knows no older event. */
  forget(view: FleetView): void {
    this.#view = view;
    this.#changes.length = 0;
    this.#events.length = 0;
    this.#knowsFrom = view.seq;
    this.dropStreams();
  }

  #sendChanges(stream: ServerResponse, after: number): void {
    const names = new Set(
      this.#changes.filter(({ seq }) => seq > after).flatMap((change) => change.names),
    );
    const machines = this.#view.machines.filter(({ name }) => names.has(name));
    for (const { name } of machines) names.delete(name);
    this.#send(stream, 'changes', { ...this.#view, machines, removed: [...names] });
  }

  #send(stream: ServerResponse, event: string, data: object): void {
    stream.write(`id: ${this.#view.seq}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    this.requests.push(`${request.method} ${pathname}`);
    if (pathname === '/') {
      const { html, headers } = readPage();
      response.writeHead(200, headers).end(html);
      return;
    }
    if (pathname === '/api/v1/stream') {
      this.#stream(request, response);
      return;
    }
    const [, name = '', action] =
      /^\/api\/v1\/(?:machines\/([^/]+))?\/?(\w+)?$/.exec(pathname) ?? [];
    const json = (status: number, body: MachineAnswer | ActionDone | ApiError) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const machine = this.#view.machines.find((one) => one.name === decodeURIComponent(name));
    if (request.method === 'GET') {
      if (machine === undefined) json(404, { error: 'There is no such machine.' });
      else
        json(200, { machine, events: this.#events.filter((one) => one.machine === machine.name) });
      return;
    }
    if (request.headers.authorization !== `Bearer ${goodToken}`)
      json(401, { error: 'No operator has it.' });
    else if (action === 'retry' && machine?.state !== 'failed')
      json(409, { error: 'It has not failed.' });
    else json(200, { machines: machine ? [machine.name] : this.#view.machines.map((m) => m.name) });
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    const last = String(request.headers['last-event-id'] ?? '');
    this.resumedFrom.push(last);
    if (this.streamStatus !== 200) {
      response.writeHead(this.streamStatus).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 50\n\n');
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
    if (last === '' || this.#knowsFrom > 0) this.#send(response, 'view', this.#view);
    else if (Number(last) < this.#view.seq) this.#sendChanges(response, Number(last));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
