import { expect, test } from 'vitest';
import { fetchAll } from '../../../src/fetch/fetch-all.ts';
import { openSource } from '../../../src/fetch/open-source.ts';
import { InputError } from '../../../src/lib/errors.ts';
import { digest, hasty, never, noise } from '../../support/read.ts';
import { startServer } from '../../support/servers.ts';

const limitBytes = 1024 * 1024;
const whole = noise(limitBytes);

test('everything comes, up to the limit', async () => {
  await using server = await startServer({ files: { '/x': whole } });
  const source = openSource(`${server.url}/x`, hasty);
  expect(digest(await fetchAll(source, limitBytes, never))).toBe(digest(whole));
});

test('what says that it is too large is not even read', async () => {
  await using server = await startServer({ files: { '/x': noise(16 * limitBytes) } });
  const fetching = fetchAll(openSource(`${server.url}/x`, hasty), limitBytes, never);
  await expect(fetching).rejects.toThrow(InputError);
  await expect(fetching).rejects.toThrow('it is 16777216 bytes, and at most 1 MiB are allowed');
  await server.requests[0]?.closed;
  expect(server.requests[0]?.sentBytes).toBeLessThan(16 * limitBytes);
});

test('what does not say so is read until it is too large', async () => {
  await using server = await startServer({
    files: { '/x': noise(16 * limitBytes) },
    fault: () => ({ chunked: true }),
  });
  const fetching = fetchAll(openSource(`${server.url}/x`, hasty), limitBytes, never);
  await expect(fetching).rejects.toThrow('it is larger, and at most 1 MiB are allowed');
  await server.requests[0]?.closed;
});
