import type { IncomingMessage } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { ApiError } from '../api.ts';
import type { Permit } from '../rule/control-interface.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the installer, where a route needs one. It has been given out, and may be over. */
    permit: Permit;
    /** Who acts, where a route is an action. */
    actor: string;
  }
}

/** For what is not done: `error` is a sentence. */
export function refuse(reply: FastifyReply, status: number, error: string, headers = {}) {
  return reply
    .code(status)
    .headers(headers)
    .send({ error } satisfies ApiError);
}

/** Who asks, `socket` for the operators’; an IPv4 address in its own form also where the server listens for IPv6. */
export const addressOf = ({ ip }: { readonly ip: string | undefined }) =>
  (ip ?? 'socket').replace(/^::ffff:(?=\d+\.)/i, '');

/** Whether it came through the operators’ socket: the address of that server is a path. */
export function isFromSocket({ socket }: Pick<IncomingMessage, 'socket'>): boolean {
  const { server } = socket as { readonly server?: { address(): unknown } };
  return typeof server?.address() === 'string';
}

/** User name and password of HTTP Basic authentication (RFC 7617). Undefined where there are none. */
export function permitOf(authorization: string | undefined): Permit | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,400})$/i.exec(authorization ?? '') ?? [];
  const text = Buffer.from(encoded ?? '', 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { id: text.slice(0, colon), token: text.slice(colon + 1) };
}

/** The token of `Authorization: Bearer TOKEN` (RFC 6750). */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer ([\w.~+/-]{1,200}=*)$/i.exec(authorization ?? '')?.[1];
}
