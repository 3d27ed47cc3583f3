/**
 * Writes V8's compiled form of the program: `code-cache.ts PROGRAM CACHE`. The cache contains what V8
 * has compiled when it is created, so the program first does what every installation begins with: it
 * reads its parameters, and connects to a server. (As `none` is not a digest, it fails before it
 * inspects any disk, and notifies the server.) What is in the cache is not compiled again at each start.
 */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { Script } from 'node:vm';

const [program, cache] = process.argv.slice(2) as [string, string];
const server = createServer((_, answer) => void answer.end()).listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

const script = new Script(await readFile(program, 'utf8'));
const module = { exports: {} as typeof import('../src/program.ts') };
script.runInThisContext()(module, module.exports, createRequire(import.meta.url), '/');
await module.exports.run(['--no-prompt', '--image-hash', 'none', '--notify-url', url]);
await writeFile(cache, script.createCachedData());
process.exit();
