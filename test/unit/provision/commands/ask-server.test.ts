import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { askServer } from '../../../../src/provision/commands/ask-server.ts';
import { socketPath } from '../../../../src/provision/serve/listen.ts';

/** A directory whose server answers everything with this. */
async function answering(status: number, answer: object): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'ask-'));
  const path = socketPath(directory);
  mkdirSync(dirname(path), { recursive: true });
  const server = createServer((_, response) => {
    response.writeHead(status).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true });
  });
  return directory;
}

test('an answer', async () => {
  const directory = await answering(200, { machines: ['n1'] });
  expect(await askServer(directory, '/api/v1/hold', { why: 'x' })).toEqual({ machines: ['n1'] });
});

test('a refusal with its code, and one of a server that is ending', async () => {
  const failure = { code: 'machine-unknown', failed: 'Cannot hold x', why: 'y', next: 'Do z.' };
  const refusing = await answering(404, { error: 'Cannot hold x: y. Do z.', failure });
  await expect(askServer(refusing, '/')).rejects.toMatchObject({ failure, exitCode: 2 });
  const ending = await answering(503, { error: 'Service Unavailable' });
  await expect(askServer(ending, '/')).rejects.toMatchObject({
    exitCode: 2,
    failure: { code: 'server-not-running', why: 'it answers: Service Unavailable' },
  });
});

test('no server', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ask-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  await expect(askServer(directory, '/')).rejects.toMatchObject({
    failure: { code: 'server-not-running', why: expect.stringContaining('there is no socket') },
  });
});
