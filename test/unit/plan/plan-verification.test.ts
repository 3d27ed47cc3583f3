import { expect, test } from 'vitest';
import type { Parameters } from '../../../src/parameters/parameters.ts';
import type { ChosenImage } from '../../../src/plan/choose-image.ts';
import { planVerification } from '../../../src/plan/plan-verification.ts';
import { hasty, never } from '../../support/read.ts';
import { startServer } from '../../support/servers.ts';

const hex = 'a1'.repeat(32);
const other = 'b2'.repeat(32);
const long = 'c3'.repeat(64);
const option = (name: string) => ({ kind: 'option', name }) as const;
const on = { value: true, origin: option('--require-signature') } as const;
const sha256 = {
  value: { algorithm: 'sha256', hex },
  origin: option('--image-hash'),
} as const;

/** With a server that has a checksum file, and no signature. */
async function plan(
  more: Partial<Parameters>,
  sums = '',
  image: Pick<ChosenImage, 'digest' | 'isUnproven'> = {},
) {
  await using server = await startServer({ files: { '/SUMS': Buffer.from(sums) } });
  const at = (path: string) => ({ value: server.url + path, origin: option('-b') });
  const parameters = {
    ...(sums !== '' && { checksumUrl: at('/SUMS') }),
    ...more,
  } as Parameters;
  return await planVerification(parameters, { url: at('/x.raw.xz'), ...image }, hasty, never);
}

test('nothing to check it with is a warning', async () => {
  const { plan: planned, warnings } = await plan({});
  expect(planned).toEqual({ digests: [], signature: undefined });
  expect(warnings).toEqual([
    expect.stringMatching(/^The image is not verified: no signature was found \(.*404/),
  ]);
});

test('a digest is enough, unless a signature is required', async () => {
  const { plan: planned, warnings } = await plan({ imageHash: sha256 });
  expect(planned.digests).toEqual([{ algorithm: 'sha256', hex, from: '--image-hash' }]);
  expect(warnings).toEqual([]);
  const both = { imageHash: sha256, requireSignature: on };
  await expect(plan(both)).rejects.toThrow(/Cannot trust .*no signature was found/);
});

test('a digest and a checksum file that contradict each other are told at once', async () => {
  const imageHash = sha256;
  await expect(plan({ imageHash }, `${other}  x.raw.xz\n`)).rejects.toThrow(
    new RegExp(`--image-hash says sha256:${hex}, and .*SUMS says sha256:${other}`),
  );
  expect((await plan({ imageHash }, `${hex}  x.raw.xz\n`)).plan.digests).toHaveLength(2);
  expect((await plan({ imageHash }, `${long}  x.raw.xz\n`)).plan.digests).toHaveLength(2);
});

test('a digest that came with metadata without TLS proves nothing, one that was given does', async () => {
  const digest = { algorithm: 'sha256', hex, from: 'http://x/stable.json' } as const;
  const unproven = { digest, isUnproven: true };
  expect((await plan({}, '', unproven)).warnings).toEqual([
    expect.stringMatching(/^The image is not verified/),
  ]);
  expect((await plan({}, '', unproven)).plan.digests).toEqual([digest]);
  expect((await plan({}, '', { digest, isUnproven: false })).warnings).toEqual([]);
  expect((await plan({ imageHash: sha256 }, '', unproven)).warnings).toEqual([]);
});
