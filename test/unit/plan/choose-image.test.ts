import { expect, test } from 'vitest';
import type { Parameters } from '../../../src/parameters/parameters.ts';
import { chooseImage } from '../../../src/plan/choose-image.ts';
import { hasty, never } from '../../support/read.ts';
import { startServer } from '../../support/servers.ts';

test('where a stream has only other formats, options that an installation has are named', async () => {
  // As that of RHEL CoreOS.
  const disk = { location: 'https://h/x', sha256: '0'.repeat(64) };
  const artifacts = { metal: { release: '9.6', formats: { 'raw.gz': { disk } } } };
  const stream = { stream: 'rhel-9.6', architectures: { x86_64: { artifacts } } };
  await using server = await startServer({
    files: { '/stream.json': Buffer.from(JSON.stringify(stream)) },
  });
  const origin = { kind: 'option', name: '--stream' } as const;
  const parameters = {
    stream: { value: `${server.url}/stream.json`, origin },
    architecture: { value: 'x86_64', origin },
  } as unknown as Parameters;
  await expect(chooseImage(parameters, { sectorSizeBytes: 512 }, hasty, never)).rejects.toThrow(
    'has no format raw.xz for metal on x86_64; there are: raw.gz. coreos-installer list-stream lists everything; choose with --architecture, or give the URL of an image with --image-url.',
  );
});
