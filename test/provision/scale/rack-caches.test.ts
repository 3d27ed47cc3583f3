import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { durationsOf } from '../../../bench/distribution-model.ts';
import { lacks, lacksRoot } from '../../support/needs.ts';
import { type Rack, rackNetwork, startCache, startOrigin } from '../../support/rack-network.ts';

/** A hundredth of a site: links, and what goes over them. */
const scale = 100;
/** With 25, a thousand machines: it takes as long as the server’s link does, two minutes. */
const racks = Number(process.env['RACKS'] || 4);
const machinesInRack = 40;
const payload = { bootBytes: 80e6 / scale, imageBytes: 476e6 / scale, machineSeconds: 0 };

/** All machines of a rack: each loads what it boots, then the image. */
async function install(rack: Rack, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const url = `http://${rack.cacheAddress}:8080${path}`;
    const transfers = Array.from({ length: machinesInRack }, () => ['-o', '/dev/null', url]).flat();
    const options = ['-sSf', '--retry-connrefused', '--retry', '20', '--retry-delay', '1'];
    const parallel = ['--parallel', '--parallel-immediate', '--parallel-max', '100'];
    const args = ['-t', `${rack.machinesPid}`, '-n', 'curl', ...options, ...parallel];
    await execa('nsenter', [...args, ...transfers]);
  }
}

test.skipIf(lacksRoot() || lacks('nginx', 'curl', 'tc'))(
  'racks with caches take as long as the model says, and cost the server one copy each',
  { retry: 2, timeout: 400_000 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const directory = await mkdtemp(join(tmpdir(), 'site-'));
    stack.defer(() => rm(directory, { recursive: true }));
    const bits = (gbits: number) => (gbits * 1e9) / scale;
    const network = await rackNetwork(stack, {
      racks,
      serverBits: bits(1),
      cacheBits: bits(10),
    });
    const paths: string[] = [];
    for (const sizeBytes of [payload.bootBytes, payload.imageBytes]) {
      const bytes = randomBytes(sizeBytes);
      const path = `/assets/sha256-${createHash('sha256').update(bytes).digest('hex')}/file`;
      await mkdir(join(directory, path, '..'), { recursive: true });
      await writeFile(join(directory, path), bytes);
      paths.push(path);
    }
    const originUrl = 'http://198.18.0.1:8080';
    const fleet = { directory, url: originUrl, port: 9 };
    const atOrigin = join(directory, 'origin');
    const { sentBytes } = await startOrigin(stack, network.serverPid, atOrigin, fleet);
    for (const [index, rack] of network.racks.entries())
      await startCache(stack, rack, join(directory, `cache${index}`), originUrl);

    const startMs = performance.now();
    await Promise.all(network.racks.map((rack) => install(rack, paths)));
    const seconds = (performance.now() - startMs) / 1000;

    const copies = (await sentBytes()) / (payload.bootBytes + payload.imageBytes);
    // Links and bytes are both a hundredth: the seconds are the site’s.
    const { rackCaches } = durationsOf(
      { machines: racks * machinesInRack, serverGbits: 1 / scale, cacheGbits: 10 / scale },
      payload,
    );
    console.info(
      `${seconds.toFixed(1)} s, by the model ${rackCaches?.toFixed(1)} s; ${copies.toFixed(3)} copies`,
    );
    expect(copies / racks).toBeCloseTo(1, 2);
    expect(seconds / (rackCaches as number)).toBeGreaterThan(0.85);
    expect(seconds / (rackCaches as number)).toBeLessThan(1.25);
  },
);
