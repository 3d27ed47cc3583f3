/**
 * Writes V8's compiled form of the program: `code-cache.ts PROGRAM CACHE`. V8 puts into it what it
 * has compiled by then, so the program first does what every installation begins with: it reads its
 * parameters, and talks to a server. (No digest is called `none`: it fails before it looks at any disk,
 * and tells the server so.) What is in the cache need not be compiled at each start again.
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
