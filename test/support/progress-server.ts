import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from './listen.ts';

export interface ProgressPost {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The objects in it. */
  readonly events: readonly { readonly event: string; readonly [member: string]: unknown }[];
  readonly atMs: number;
}

/**
 * A server that gets the progress of installations. `answer` responds to each request, counted from 0;
 * default: an empty success.
 */
export async function progressServer(
  answer: (response: ServerResponse, index: number) => unknown = (response) =>
    response.writeHead(204).end(),
) {
  const posts: ProgressPost[] = [];
  const open = { now: 0, most: 0 };
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    open.now += 1;
    open.most = Math.max(open.most, open.now);
    response.on('close', () => {
      open.now -= 1;
    });
    const atMs = performance.now();
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    const { headers, url: path = '' } = request;
    const lines = body.split('\n');
    if (lines.pop() !== '') throw new Error('the last line has no end');
    const events = lines.map((line) => JSON.parse(line));
    const index = posts.push({ path, headers, body, events, atMs }) - 1;
    answer(response, index);
    for (const wake of waiting) wake();
  });
  const { url, [Symbol.asyncDispose]: dispose } = await listen(server);
  return {
    url,
    posts,
    /** How many requests there were at the same time. */
    open,
    /** All kinds of events, in the order in which they came. */
    kinds: () => posts.flatMap(({ events }) => events.map(({ event }) => event)),
    /** Resolves when there were so many requests. */
    async arrived(count: number): Promise<void> {
      while (posts.length < count) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await promise;
        waiting.delete(resolve);
      }
    },
    [Symbol.asyncDispose]: dispose,
  };
}
