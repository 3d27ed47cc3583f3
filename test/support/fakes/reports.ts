import type { Site } from './site.ts';
import type { UnreliableNetwork } from './unreliable-network.ts';

const firstIntervalMs = 5_000;
const afterTroubleMs = 5_000;

/** Sends progress as the installer does: in batches, one request at a time, at the server's interval. */
export class Reports {
  readonly #site: Site;
  readonly #network: UnreliableNetwork;
  readonly #url: string;
  #lines: string[] = [];
  #intervalMs = firstIntervalMs;
  #nextMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #isClosed = false;
  /** How many batches the server has accepted. */
  acknowledged = 0;
  /** Called when the server accepts one. */
  onAcknowledged: () => void = () => {};

  constructor(site: Site, network: UnreliableNetwork, url: string) {
    this.#site = site;
    this.#network = network;
    this.#url = url;
  }

  add(event: object): void {
    if (this.#isClosed) return;
    this.#lines.push(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
    this.#schedule();
  }

  /** Sends what is left, and ends. */
  async finish(): Promise<void> {
    this.cut();
    await this.#sending;
    for (let tries = 0; tries < 3 && this.#lines.length > 0; tries += 1) await this.#send();
  }

  /** As by a loss of power. */
  cut(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isClosed || this.#sending || this.#timer || this.#lines.length === 0) return;
    const waitMs = Math.max(0, this.#nextMs - this.#site.now()) / this.#site.options.speed;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#send().then(() => {
        this.#sending = undefined;
        this.#schedule();
      });
    }, waitMs);
  }

  async #send(): Promise<void> {
    const lines = this.#lines.splice(0);
    try {
      const { status, body } = await this.#network.ask(this.#url, {
        method: 'POST',
        body: lines.join(''),
      });
      if (status >= 500) throw new Error(`the status was ${status}`);
      if (status === 200) {
        this.#intervalMs = JSON.parse(`${body}`).intervalMs;
        this.acknowledged += 1;
        this.onAcknowledged();
      }
      this.#nextMs = this.#site.now() + this.#intervalMs;
    } catch {
      this.#lines.unshift(...lines);
      this.#nextMs = this.#site.now() + afterTroubleMs;
    }
  }
}
