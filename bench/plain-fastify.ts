/** What fastify alone answers: a text of the size of a boot script, at a free port, which is printed. */
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';

const app = fastify();
const script = `#!ipxe\n${'kernel http://192.0.2.1/vmlinuz coreos.inst=yes\n'.repeat(18)}`;
app.get('/ipxe', (_, reply) => reply.type('text/plain').send(script));
await app.listen({ host: '127.0.0.1', port: 0 });
console.log((app.server.address() as AddressInfo).port);
