import { expect, test } from 'vitest';
import { openSource } from '../../../src/fetch/open-source.ts';
import { failure } from '../../support/failure.ts';
import { hasty, never } from '../../support/read.ts';
import { startServer } from '../../support/servers.ts';

test.each([0, 1, 3])('with %d retries there are so many tries, and one', async (retries) => {
  await using server = await startServer({ fault: () => ({ status: 503 }) });
  const options = { ...hasty, retryForMs: Number.POSITIVE_INFINITY, retries };
  const opened = openSource(`${server.url}/x`, options).open(never);
  await expect(opened).rejects.toThrow(failure('http-server-error'));
  expect(server.requests).toHaveLength(1 + retries);
});

test('what comes in between begins the count again', async () => {
  const image = Buffer.alloc(300);
  await using server = await startServer({
    files: { '/x': { bytes: image, etag: '"1"' } },
    fault: (index) => (index % 2 === 0 ? { stallAfterBytes: 50 } : { status: 503 }),
  });
  const options = { ...hasty, retryForMs: Number.POSITIVE_INFINITY, retries: 2 };
  const { bytes } = await openSource(`${server.url}/x`, options).open(never);
  let received = 0;
  for await (const part of bytes) received += part.length;
  expect(received).toBe(300);
});
