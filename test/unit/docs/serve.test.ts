import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blockWith, readPage } from '../../support/pages.ts';
import { startNginx } from '../../support/servers.ts';

const page = readPage('serve.md');
const image = 'fedora-coreos-31.20191127.1-metal.x86_64.raw.xz';
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'served-'));
  await writeFile(join(directory, image), 'the image');
});
afterAll(() => rm(directory, { recursive: true }));

/** The page's way to look whether the server answers. */
async function look(url: string): Promise<string> {
  const [program = '', ...args] = blockWith(page, 'sh', 'curl').trim().split(' ');
  const words = args.map((word) => word.replace('http://192.0.2.100:8080', url));
  return (await execa(program, words)).stdout;
}

test('with Python', async () => {
  const command = blockWith(page, 'sh', 'http.server').trim().replace('/srv/images', directory);
  // Any free port, and nobody else may come.
  const [program = '', ...args] = command.replace(/8080$/, '0 --bind 127.0.0.1').split(' ');
  const child = spawn(program, ['-u', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const answer = await look(`http://127.0.0.1:${/port (\d+)/.exec(line)?.[1]}`);
    expect(answer).toMatch(/200 OK.*Content-Length: 9/s);
  } finally {
    child.kill();
    await once(child, 'exit');
  }
});

test('with nginx, which has ranges and leaves the image as it is', async () => {
  const server = blockWith(page, 'nginx', 'server {');
  await using nginx = await startNginx(directory, (port) =>
    server.replace('8080', `127.0.0.1:${port}`).replace('/srv/images', directory),
  );
  expect(await look(nginx.url)).toMatch(/200 OK.*Content-Length: 9/s);
  const headers = { range: 'bytes=4-8', 'accept-encoding': 'gzip' };
  const answer = await fetch(`${nginx.url}/${image}`, { headers });
  expect({ status: answer.status, text: await answer.text() }).toEqual({
    status: 206,
    text: 'image',
  });
  expect(answer.headers.get('content-encoding')).toBeNull();
});
