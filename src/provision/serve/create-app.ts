import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { InstallerError, WriteError } from '../../lib/errors.ts';
import { presentable } from '../../ui/output.ts';
import type { ApiError } from '../api.ts';
import type { DhcpMemory } from '../dhcp/dhcp-seen.ts';
import { doctorRoute } from '../doctor/doctor-route.ts';
import { readPage } from '../page/page.ts';
import type { Control } from '../rule/control-interface.ts';
import type { FleetSettings } from '../wanted/fleet.ts';
import { assetRoutes } from './asset-routes.ts';
import { bootRoutes } from './boot-routes.ts';
import { addressOf } from './credentials.ts';
import { type StreamLimits, streamRoute } from './event-stream.ts';
import { metricsRoute } from './fleet-metrics.ts';
import { machineRoutes } from './machine-routes.ts';
import { operatorRoutes } from './operator-routes.ts';

const bodyLimitBytes = 64 * 1024;

/** What the server is made from. */
export interface AppOptions {
  readonly control: Control;
  /** Of the set of files in use. */
  readonly settings: () => FleetSettings;
  /** Holds `sha256-HEX/NAME`, and `tftp/` with the boot loaders. */
  readonly assetsDirectory: string;
  /** Whether a text is an operator's token: its name, or undefined. */
  readonly operatorOf: (token: string) => string | undefined;
  /** What dnsmasq saw of machines; absent: it does not run. */
  readonly dhcp?: DhcpMemory | undefined;
  /** A line about a request for the log; without secrets. */
  readonly log: (line: string) => void;
  readonly stream?: StreamLimits;
}

/** All routes; it listens nowhere: see `listen.ts`. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { control, log } = options;
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
    // nginx in front of it, on the same machine.
    trustProxy: 'loopback',
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
  });
  // Each route reads its body by itself, whatever the client calls it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body));

  app.addHook('onSend', async (_, reply) => {
    reply.header('x-content-type-options', 'nosniff');
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, url } = request;
    if (reply.statusCode >= 400)
      log(`${addressOf(request)} ${method} ${pathOf(url)} ${reply.statusCode}`);
    done();
  });
  app.setNotFoundHandler((_, reply) => {
    withoutFile(reply);
    return reply.code(404).send({ error: 'There is nothing here.' });
  });
  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    withoutFile(reply);
    const { statusCode = 500 } = error;
    if (error instanceof InstallerError) {
      const { message, failure } = error;
      const refused = failure.code === 'machine-unknown' ? 404 : 409;
      return reply
        .code(error instanceof WriteError ? 503 : refused)
        .send({ error: message, failure } satisfies ApiError);
    }
    if (statusCode < 500) return reply.code(statusCode).send({ error: error.message });
    log(`${request.method} ${pathOf(request.url)}: ${error.stack ?? error.message}`);
    return reply.code(500).send({ error: 'A bug in coreos-provision; its log has more.' });
  });

  bootRoutes(app, control, options.settings);
  await assetRoutes(app, options.assetsDirectory);
  await app.register(async (resting) => {
    // What has been answered must not be lost.
    resting.addHook('onSend', async (_, reply) => {
      if (reply.statusCode < 500) await control.settled();
    });
    machineRoutes(resting, control);
    operatorRoutes(resting, control, options.operatorOf);
    doctorRoute(resting, control, options.settings, options.dhcp);
  });
  streamRoute(app, control, options.stream);
  metricsRoute(app, control);
  const { html, headers } = readPage();
  app.get('/', (_, reply) => reply.headers(headers).send(html));
  app.get('/healthz', (_, reply) =>
    control.isWritable()
      ? reply.type('text/plain').send('ok\n')
      : reply.code(503).type('text/plain').send('the database cannot be written\n'),
  );
  await app.ready();
  return app;
}

/** What was said of a file does not hold for an error: a cache would keep that for a year in its place. */
function withoutFile(reply: FastifyReply): void {
  for (const name of ['content-type', 'etag', 'accept-ranges']) reply.removeHeader(name);
  reply.header('cache-control', 'no-store');
}

/** Without the query, which may have identities, and at most so much that a line stays readable. */
const pathOf = (url: string) => presentable(url.replace(/\?.*/s, '').slice(0, 200));
