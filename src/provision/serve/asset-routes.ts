import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Files below assets/: `sha256-HEX/NAME`, which never change, and `tftp/`, the boot loaders, which do.
 * For a laptop or a rack; beyond that nginx serves the same paths.
 */
export async function assetRoutes(app: FastifyInstance, directory: string): Promise<void> {
  await app.register(fastifyStatic, { root: directory, serve: false });

  type ByDigest = { readonly Params: { readonly digest: string; readonly name: string } };
  app.route<ByDigest>({
    method: ['GET', 'HEAD'],
    url: '/assets/sha256-:digest/:name',
    handler(request, reply) {
      const { digest, name } = request.params;
      if (!/^[0-9a-f]{64}$/.test(digest) || !isFileName(name)) return reply.callNotFound();
      const etag = `"${digest}"`;
      reply.headers({ etag, 'cache-control': 'public, max-age=31536000, immutable' });
      if (isNamed(request.headers['if-none-match'], etag)) return reply.code(304).send();
      // The library knows only entity tags of its own making.
      if (request.headers['if-range'] === etag) delete request.headers['if-range'];
      return send(request, reply, `sha256-${digest}/${name}`);
    },
  });

  type Loader = { readonly Params: { readonly '*': string } };
  app.route<Loader>({
    method: ['GET', 'HEAD'],
    url: '/assets/tftp/*',
    handler(request, reply) {
      const parts = request.params['*'].split('/');
      if (parts.length > 2 || !parts.every(isFileName)) return reply.callNotFound();
      return send(request, reply.header('cache-control', 'no-cache'), `tftp/${parts.join('/')}`);
    },
  });

  // Where the signed GRUB looks for it after UEFI HTTP boot.
  app.get('/grub/grub.cfg', (request, reply) =>
    send(request, reply.header('cache-control', 'no-cache'), 'tftp/grub/grub.cfg'),
  );
}

function send(_: FastifyRequest, reply: FastifyReply, path: string): FastifyReply {
  return reply
    .type('application/octet-stream')
    .sendFile(path, { etag: false, cacheControl: false, lastModified: false, dotfiles: 'deny' });
}

const isFileName = (name: string) => /^[^/\\.\0][^/\\\0]*$/.test(name);

/** Whether a list of entity tags has one, or `*`. */
function isNamed(list: string | undefined, etag: string): boolean {
  return (list ?? '').split(',').some((one) => ['*', etag, `W/${etag}`].includes(one.trim()));
}
