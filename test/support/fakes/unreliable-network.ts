import { createHash } from 'node:crypto';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Site } from './site.ts';

export interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** In ms of the machine: before an installer that was booted meanwhile says a word, else they were two machines. */
const latestMs = 2_000;
const lostAfterMs = 2_000;
/** Of ours: whatever the speed, the processors are the same. */
const timeoutMs = 10_000;

/** The network of one machine, which has its own address, and loses, doubles and delays by seed. */
export class UnreliableNetwork {
  readonly #site: Site;
  readonly #random: Random;
  readonly #localAddress: string | undefined;

  constructor(site: Site, random: Random, localAddress: string | undefined) {
    this.#site = site;
    this.#random = random;
    this.#localAddress = localAddress;
  }

  /** The whole answer, whatever its status. Throws where none came. */
  async ask(url: string, asked: Asked = {}): Promise<Answer> {
    const site = this.#site;
    if (!this.#random.chance(site.options.requestFaults)) return await this.#askOnce(url, asked);
    switch (this.#random.pick(['lost', 'answer lost', 'doubled', 'late'] as const)) {
      case 'lost':
        await site.sleep(lostAfterMs);
        throw new Error('the request was lost');
      case 'answer lost':
        await this.#askOnce(url, asked);
        await site.sleep(lostAfterMs);
        throw new Error('the answer was lost');
      case 'doubled': {
        const both = [this.#askOnce(url, asked), this.#askOnce(url, asked)] as const;
        await Promise.allSettled(both);
        return await both[0];
      }
      case 'late': {
        this.#forget(this.#askLater(url, asked, this.#random.below(latestMs)));
        return await this.#askOnce(url, asked);
      }
    }
  }

  /** The same request once more, after what was sent after it. */
  async #askLater(url: string, asked: Asked, afterMs: number): Promise<void> {
    await this.#site.sleep(afterMs);
    await this.#askOnce(url, asked);
  }

  #forget(work: Promise<void>): void {
    const { onTheWay } = this.#site;
    const ended = work.catch(() => {}).finally(() => onTheWay.delete(ended));
    onTheWay.add(ended);
  }

  async #askOnce(url: string, asked: Asked): Promise<Answer> {
    const startMs = performance.now();
    const answer = await this.#send(url, asked, {}, AbortSignal.timeout(timeoutMs));
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk);
    this.#site.onAnswer(new URL(url).pathname, performance.now() - startMs);
    return { status: answer.statusCode ?? 0, body: Buffer.concat(chunks) };
  }

  /**
   * Fetches a file, and continues where it was interrupted if it `resumes`; else throws. Resolves with
   * its SHA-256.
   */
  async download(
    url: string,
    options: {
      readonly resumes: boolean;
      readonly signal?: AbortSignal;
      /** Of the machine's link at that moment; undefined: no limit. */
      readonly bytesPerSecond?: () => number | undefined;
      readonly onBytes?: (receivedBytes: number, wholeBytes: number) => void;
    },
  ): Promise<string> {
    const { resumes, signal = this.#site.signal } = options;
    const hash = createHash('sha256');
    let receivedBytes = 0;
    let etag: string | undefined;
    for (;;) {
      try {
        const isFirst = receivedBytes === 0;
        const rest = { range: `bytes=${receivedBytes}-`, ...(etag && { 'if-range': etag }) };
        const answer = await this.#send(url, {}, isFirst ? {} : rest, signal);
        const { statusCode, headers } = answer;
        if (statusCode !== (isFirst ? 200 : 206)) {
          answer.destroy();
          throw new Error(`the status was ${statusCode}`);
        }
        etag ??= headers.etag;
        const wholeBytes = receivedBytes + Number(headers['content-length']);
        for await (const chunk of answer as AsyncIterable<Buffer>) {
          hash.update(chunk);
          receivedBytes += chunk.length;
          options.onBytes?.(receivedBytes, wholeBytes);
          const limit = options.bytesPerSecond?.();
          if (limit !== undefined) await sleep((chunk.length / limit) * 1000);
        }
        if (receivedBytes === wholeBytes) return hash.digest('hex');
      } catch (error) {
        if (!resumes || signal.aborted) throw error;
      }
      await this.#site.sleep(1000);
    }
  }

  #send(
    url: string,
    { method = 'GET', body }: Asked,
    headers: IncomingHttpHeaders,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { hostname, port, pathname, search, username, password } = new URL(url);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = request({
      ...{ hostname, port, method, signal, path: pathname + search, agent: false },
      headers: {
        ...headers,
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
      ...(this.#localAddress !== undefined && { localAddress: this.#localAddress }),
      ...(username !== '' && {
        auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}`,
      }),
    });
    sent.on('response', resolve).on('error', reject).end(body);
    return promise;
  }
}
