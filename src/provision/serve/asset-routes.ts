import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Without a leading dot, and nothing that leads elsewhere. */
const name = String.raw`[^/\\.\0][^/\\\0]*`;
/** These never change; the boot loaders do. */
const asset = new RegExp(`^sha256-([0-9a-f]{64})/${name}$`);
const loader = new RegExp(`^tftp(/${name}){1,2}$`);

/**
 * Files below assets/: `sha256-HEX/NAME` and `tftp/`. For a laptop or a rack; beyond that nginx serves
 * the same paths.
 */
export async function assetRoutes(app: FastifyInstance, directory: string): Promise<void> {
  await app.register(fastifyStatic, { root: directory, serve: false });
  const sendLoader = (reply: FastifyReply, path: string) =>
    send(reply.header('cache-control', 'no-cache'), path);

  app.route<{ readonly Params: { readonly '*': string } }>({
    method: ['GET', 'HEAD'],
    url: '/assets/*',
    handler({ params, headers }, reply) {
      const path = params['*'];
      const [, digest] = asset.exec(path) ?? [];
      if (digest === undefined)
        return loader.test(path) ? sendLoader(reply, path) : reply.callNotFound();
      const etag = `"${digest}"`;
      reply.headers({ etag, 'cache-control': 'public, max-age=31536000, immutable' });
      if (isNamed(headers['if-none-match'], etag)) return reply.code(304).send();
      // The library knows only entity tags of its own making.
      if (headers['if-range'] === etag) delete headers['if-range'];
      return send(reply, path);
    },
  });
  // Where the signed GRUB looks for it after UEFI HTTP boot.
  app.get('/grub/grub.cfg', (_, reply) => sendLoader(reply, 'tftp/grub/grub.cfg'));
}

function send(reply: FastifyReply, path: string): FastifyReply {
  return reply
    .type('application/octet-stream')
    .sendFile(path, { etag: false, cacheControl: false, lastModified: false, dotfiles: 'deny' });
}

/** Whether a list of entity tags has one, or `*`. */
function isNamed(list: string | undefined, etag: string): boolean {
  return (list ?? '').split(',').some((one) => ['*', etag, `W/${etag}`].includes(one.trim()));
}
