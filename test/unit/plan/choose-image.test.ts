import { expect, test } from 'vitest';
import type { Parameters } from '../../../src/parameters/parameters.ts';
import { chooseImage, sourceOf } from '../../../src/plan/choose-image.ts';
import { failure } from '../../support/failure.ts';
import { hasty, never } from '../../support/read.ts';
import { startServer } from '../../support/servers.ts';

const hex = 'ab'.repeat(32);
const url = 'http://192.0.2.1/x.raw.xz';

test('a server that only the metadata names gets no credentials, any other does', () => {
  const identity = { cert: 'c', key: 'k' };
  const source = { ...hasty, headers: { authorization: 'x' }, identity };
  expect(sourceOf({ isElsewhere: true }, source)).toEqual({
    ...{ ...hasty, headers: {}, identity: undefined },
  });
  expect(sourceOf({ isElsewhere: false }, source)).toEqual(source);
  expect(sourceOf({}, source)).toEqual(source);
});

/** What is chosen from a stream that has these files. */
async function choose(files: Record<string, unknown>) {
  const artifacts = { metal: { formats: { 'raw.xz': files } } };
  const stable = { stream: 'stable', architectures: { x86_64: { artifacts } } };
  await using server = await startServer({
    files: { '/stable.json': Buffer.from(JSON.stringify(stable)) },
  });
  const given = (value: string) => ({ value, origin: { kind: 'option', name: '-x' } });
  const parameters = {
    stream: given('stable'),
    streamBaseUrl: given(server.url),
    architecture: given('x86_64'),
  } as unknown as Parameters;
  const chosen = await chooseImage(parameters, { sectorSizeBytes: 512 }, hasty, never);
  return { chosen, from: `${server.url}/stable.json` };
}

test('the image of a stream has the digest that the metadata names', async () => {
  const { chosen, from } = await choose({ disk: { location: url, sha256: hex } });
  expect(chosen).toMatchObject({
    url: { value: url },
    digest: { algorithm: 'sha256', hex, from },
    // Over http, and from another server.
    ...{ isUnproven: true, isElsewhere: true, signatureUrl: undefined },
  });
});

test('and none where it names none', async () => {
  expect((await choose({ disk: { location: url } })).chosen.digest).toBeUndefined();
});

test('what is not a disk is no image', async () => {
  const choosing = choose({ rootfs: { location: url }, kernel: { location: url } });
  await expect(choosing).rejects.toThrow(failure('stream-lacks-image'));
  await expect(choosing).rejects.toThrow('it has kernel, rootfs, and no disk');
});

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
