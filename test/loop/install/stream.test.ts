import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ownArchitecture } from '../../../src/streams/choose-artifact.ts';
import { expectFailure } from '../../support/failure.ts';
import { type Fixture, fixture } from '../../support/fixture.ts';
import { unexpectedDifferences } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { digest } from '../../support/read.ts';
import { startServer } from '../../support/servers.ts';

/** A stream that has the image of the fixture, and nothing else, in one format. */
async function streamOf(it: Fixture, format: string, sha256?: string) {
  const disk = { location: it.imageUrl, sha256: sha256 ?? digest(await readFile(it.servedPath)) };
  const metal = { release: '44.1', formats: { [format]: { disk } } };
  const stream = {
    stream: 'stable',
    architectures: { [ownArchitecture()]: { artifacts: { metal } } },
  };
  return await startServer({ files: { '/stable.json': Buffer.from(JSON.stringify(stream)) } });
}

/** What is given in place of the image. */
const others = (it: Fixture) => ['-d', it.disk.path, '-i', it.ignitionUrl];

test('the image of a stream is installed, and has the digest that the stream says', async () => {
  await using it = await fixture();
  await using streams = await streamOf(it, 'raw.xz');
  const args = [...others(it), '-s', 'stable', '--stream-base-url', streams.url];
  const result = await runInstaller({ args });
  expect(result.exitCode, result.stderr).toBe(0);
  expect(result.stdout).toMatch(/Stream: +stable \(from -s\)/);
  expect(result.stdout).toContain(`SHA-256 matches ${streams.url}/stable.json`);
  expect(streams.requests).toHaveLength(1);
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
});

test('for a disk with sectors of 4096 bytes that of such disks', async () => {
  await using it = await fixture({ sectorSizeBytes: 4096, image: { sectorSizeBytes: 4096 } });
  await using streams = await streamOf(it, '4k.raw.xz');
  const cmdline = `coreos.inst.stream=${streams.url}/stable.json`;
  const result = await runInstaller({ args: others(it), cmdline });
  expect(result.exitCode, result.stderr).toBe(0);
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
});

test.each([
  ['has no image for it', 'stream-lacks-image', ['-a', 's390x'], undefined],
  ['says another digest', 'digest-mismatch', [], digest(Buffer.from('x'))],
  ['is not there', 'stream-not-found', ['-s', 'testing'], undefined],
] as const)('a stream that %s', async (_, code, more, sha256) => {
  await using it = await fixture();
  await using streams = await streamOf(it, 'raw.xz', sha256);
  const args = [...others(it), '-s', 'stable', '--stream-base-url', streams.url, ...more];
  const result = await runInstaller({ args });
  expectFailure(result, code);
  if (code !== 'digest-mismatch') expect(result.diskState).toMatch(/^Nothing was written/);
  const [, tried = ''] = /^Try: (.*)$/m.exec(result.stderr) ?? [];
  expect(tried).toContain(`--stream-base-url ${streams.url}`);
  expect(tried).not.toMatch(/-b |IMAGE_URL/);
});
