import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { maskUrl } from '../../lib/mask-url.ts';
import { type ToolRun, toolChannel } from '../../system/run-command.ts';

/** Records that a program has run, or an HTTP request: a kind and the details. */
export type Trace = (kind: string, data: object) => void;

/**
 * Records every program that is run and every HTTP request, until it is disposed. Nothing of a
 * request that could be a secret is recorded: of the header fields only those that matter for
 * downloading and resuming.
 */
export function traceInto(trace: Trace): Disposable {
  const listeners: Readonly<Record<string, (message: unknown) => void>> = {
    [toolChannel]: (run) => trace('ran', run as ToolRun),
    'undici:client:connectError': (message) => {
      const { connectParams, error } = message as Connecting;
      trace('no-connection', { to: connectParams.host, error: error.message });
    },
    'undici:request:headers': (message) => {
      const { request, response } = message as Answered;
      const { statusCode: status } = response;
      trace('answer', { ...whereTo(request), status, headers: recorded(response.headers) });
    },
    'undici:request:error': (message) => {
      const { request, error } = message as Refused;
      trace('no-answer', { ...whereTo(request), error: error.message });
    },
  };
  for (const [name, listener] of Object.entries(listeners)) subscribe(name, listener);
  return {
    [Symbol.dispose]() {
      for (const [name, listener] of Object.entries(listeners)) unsubscribe(name, listener);
    },
  };
}

// What undici publishes: its docs/api/DiagnosticsChannel.md.
interface Request {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
}
interface Answered {
  readonly request: Request;
  readonly response: { readonly statusCode: number; readonly headers: readonly Uint8Array[] };
}
interface Refused {
  readonly request: Request;
  readonly error: Error;
}
interface Connecting {
  readonly connectParams: { readonly host: string };
  readonly error: Error;
}

const whereTo = ({ method, origin, path }: Request) => ({ method, url: `${origin}${path}` });

const recordedNames = new Set([
  ...['accept-ranges', 'content-encoding', 'content-length', 'content-range', 'content-type'],
  ...['date', 'etag', 'last-modified', 'location', 'retry-after', 'server', 'via'],
]);

/** Names and values alternate in `headers`. */
function recorded(headers: readonly Uint8Array[]): Record<string, string> {
  const texts = headers.map((bytes) => Buffer.from(bytes).toString('latin1'));
  const names = texts.filter((_, index) => index % 2 === 0);
  return Object.fromEntries(
    names
      .map((name, index) => [name.toLowerCase(), texts[2 * index + 1] ?? ''] as const)
      .filter(([name]) => recordedNames.has(name))
      // A redirect may lead to a mere path, or to a URL without a scheme.
      .map(([name, value]) => [name, maskUrl(value.replace(/\?.+/, '?***'))]),
  );
}
