import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSource } from '../../../../src/fetch/open-source.ts';
import type { Waiting } from '../../../../src/fetch/source.ts';
import { digest, hasty, never, noise, readAll } from '../../../support/read.ts';
import { startNginx, startPythonServer, startTrippingCable } from '../../../support/servers.ts';

const image = noise(3_000_000);
const patient = { ...hasty, stallTimeoutMs: 5_000, retryForMs: 5_000 };
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'served-'));
  await writeFile(join(root, 'image.raw'), image);
});

afterAll(() => rm(root, { recursive: true }));

describe.each([
  { name: 'nginx', start: startNginx, hasRanges: true },
  { name: 'python3 -m http.server', start: startPythonServer, hasRanges: false },
])('$name', ({ start, hasRanges }) => {
  test('delivers a file with its size', async () => {
    await using server = await start(root);
    const source = openSource(`${server.url}/image.raw`, patient);
    expect((await source.open(never)).sizeBytes).toBe(image.length);
    expect(digest(await readAll(source))).toBe(digest(image));
  });

  test(`${hasRanges ? 'delivers' : 'does not deliver'} the end of a file`, async () => {
    await using server = await start(root);
    const tail = await openSource(`${server.url}/image.raw`, patient).tail(
      1_000,
      image.length,
      never,
    );
    expect(tail).toEqual(hasRanges ? image.subarray(-1_000) : undefined);
  });

  test('delivers a file over a cable that trips', async () => {
    await using server = await start(root);
    const lengths = [1_000_000, 500, 1_200_000, 1_300_000];
    await using cable = await startTrippingCable(server.port, (index) => lengths[index]);
    const waits: Waiting[] = [];
    const options = { ...patient, onWait: (waiting: Waiting) => waits.push(waiting) };
    const source = openSource(`${cable.url}/image.raw`, options);
    expect(digest(await readAll(source))).toBe(digest(image));
    expect(waits.length).toBe(hasRanges ? 3 : 4);
  });

  test('says that it has no such file', async () => {
    await using server = await start(root);
    const reading = readAll(openSource(`${server.url}/other.raw`, patient));
    await expect(reading).rejects.toThrow('the server has no such file (404 Not Found)');
  });
});
