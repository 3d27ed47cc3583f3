import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from './listen.ts';

export interface Notice {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly atMs: number;
}

/** A provisioning server: receives notifications, and responds to each (counted from 0) with `answer`. */
export async function notifyServer(answer: (index: number) => number | 'nothing' = () => 204) {
  const notices: Notice[] = [];
  const server = createServer(async (request, response) => {
    const body: unknown = JSON.parse(await text(request));
    const { headers, url: path = '' } = request;
    const status = answer(notices.push({ path, headers, body, atMs: performance.now() }) - 1);
    if (request.method !== 'POST') response.writeHead(405).end();
    else if (status !== 'nothing') response.writeHead(status).end();
  });
  const { url, [Symbol.asyncDispose]: dispose } = await listen(server);
  return { url, notices, [Symbol.asyncDispose]: dispose };
}
