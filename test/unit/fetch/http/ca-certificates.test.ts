import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { trustedCaCertificates } from '../../../../src/fetch/http/ca-certificates.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ca-certificates-'));
});

afterEach(() => rm(dir, { recursive: true }));

test("the system's first bundle is trusted besides those of Node and those given", async () => {
  const bundles = ['missing.pem', 'site.pem', 'other.pem'].map((name) => join(dir, name));
  await writeFile(bundles[1] ?? '', 'of the site');
  await writeFile(bundles[2] ?? '', 'of nobody');
  expect(trustedCaCertificates(['of node'], ['given'], bundles)).toEqual([
    'of node',
    'given',
    'of the site',
  ]);
});

test('a system without a bundle has those of Node', () => {
  expect(trustedCaCertificates(['of node'], [], [join(dir, 'missing.pem')])).toEqual(['of node']);
});
