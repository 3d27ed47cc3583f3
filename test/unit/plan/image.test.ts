import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openSource } from '../../../src/image/source.ts';
import { planImage } from '../../../src/plan/image.ts';
import { hasty, never } from '../../support/read.ts';
import { startServer } from '../../support/servers.ts';

const mib = 1024 * 1024;
const options = { memoryLimitBytes: 64 * mib, signal: never };
const iso = Buffer.alloc(64 * mib);
iso.write('CD001', 32_769);

test.each<[string, Uint8Array]>([
  ['that is an ISO', iso],
  ['that is a compressed ISO', Buffer.concat([gzipSync(iso, { level: 0 }), Buffer.alloc(8)])],
  ['without a partition table', Buffer.alloc(64 * mib, 1)],
])('an image %s is refused, and its connection closed', async (_, bytes) => {
  await using server = await startServer({ files: { '/image': bytes } });
  const source = openSource(`${server.url}/image`, hasty);
  await expect(planImage(source, options)).rejects.toThrow('Cannot install');
  await server.requests[0]?.closed;
  expect(server.requests[0]?.sentBytes).toBeLessThan(bytes.length);
});
