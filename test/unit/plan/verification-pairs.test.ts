import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InstallerError } from '../../../src/lib/errors.ts';
import type { Resolved } from '../../../src/parameters/parameters.ts';
import { resolveParameters } from '../../../src/parameters/resolve.ts';
import { planVerification } from '../../../src/plan/plan-verification.ts';
import { ImageVerifier } from '../../../src/verify/image-verifier.ts';
import {
  type Combination,
  disagreements,
  everyCombination,
  everyPair,
} from '../../support/combinations.ts';
import { type Publisher, publisher } from '../../support/openpgp.ts';
import { hasty, never } from '../../support/read.ts';
import { startServer } from '../../support/servers.ts';

/** All that has a say in whether an image is taken. */
const choices = {
  /** What is next to the image; alice signs, and mallory is unknown. */
  signature: [
    ...['missing', 'a web page', 'JSON', 'not to be had', 'good', 'of another image', 'damaged'],
    ...['by mallory', 'by mallory and alice'],
  ],
  flags: ['none', '--require-signature', '--insecure'],
  '--image-hash': ['none', 'sha256', 'wrong sha256', 'sha512', 'wrong sha512'],
  '--checksum-url': [
    ...['none', 'sha256', 'wrong sha256', 'sha512', 'wrong sha512'],
    ...['of other files', 'missing'],
  ],
  '--keyring': ['none', 'alice', 'bob', 'no keys'],
} as const;

/** The few of which each may make up for another. */
const crucial = {
  signature: ['missing', 'good', 'of another image'],
  flags: ['none', '--require-signature'],
  '--image-hash': ['none', 'sha256', 'wrong sha512'],
  '--checksum-url': ['none', 'sha256', 'sha512', 'wrong sha512'],
  '--keyring': ['alice'],
} as const;

type Row = Combination<typeof choices>;

/** `before`: refused while nothing is written; `after`: refused when all was read. */
function model(row: Row): string {
  const hash = row['--image-hash'];
  const sums = row['--checksum-url'];
  const keys = row['--keyring'];
  if (sums === 'missing' || sums === 'of other files') return 'before: no digest';
  const pair = new Set<string>([hash, sums]);
  for (const algorithm of ['sha256', 'sha512'])
    if (pair.has(algorithm) && pair.has(`wrong ${algorithm}`)) return 'before: digests contradict';
  const given = [hash, sums].filter((one) => one !== 'none');
  const wrong = given.some((one) => one.startsWith('wrong'));
  const byDigests = wrong ? 'after: another digest' : `taken: ${given.length} digests`;
  if (row.flags === '--insecure') return byDigests;

  if (keys === 'no keys') return 'before: no keyring';
  if (['missing', 'a web page', 'JSON', 'not to be had'].includes(row.signature)) {
    if (row.flags === '--require-signature')
      return row.signature === 'not to be had' ? 'before: no answer' : 'before: no signature';
    return given.length === 0 ? 'taken: 0 digests, with a warning' : byDigests;
  }
  if (row.signature === 'damaged') return 'before: damaged signature';
  if (keys !== 'alice' || row.signature === 'by mallory') return 'before: unknown key';
  if (wrong) return byDigests;
  if (row.signature === 'of another image') return 'after: signature of another image';
  return `${byDigests}, signed by alice`;
}

const image = Buffer.alloc(200_000, 'an image ');
const hexOf = (algorithm: string, bytes: Uint8Array) =>
  createHash(algorithm).update(bytes).digest('hex');
const digests = (hexFor: Uint8Array, name: string) => ({
  [`${name}sha256`]: hexOf('sha256', hexFor),
  [`${name}sha512`]: hexOf('sha512', hexFor),
});
const hexes: Record<string, string> = {
  ...digests(image, ''),
  ...digests(Buffer.from('another'), 'wrong '),
};

const directory = mkdtempSync(join(tmpdir(), 'verification-pairs-'));
let people: Publisher;
const signatures: Record<string, Buffer> = {};

beforeAll(async () => {
  people = await publisher();
  for (const name of ['alice', 'bob', 'mallory']) await people.makeKey(name);
  for (const name of ['alice', 'bob'])
    writeFileSync(join(directory, name), await people.keys([name]));
  writeFileSync(join(directory, 'no keys'), 'hello');
  const good = await people.sign(image, 'alice');
  Object.assign(signatures, {
    'a web page': Buffer.from('<!DOCTYPE html><title>Login</title>'),
    JSON: Buffer.from('{}'),
    good,
    'of another image': await people.sign(Buffer.from('another'), 'alice'),
    damaged: good.subarray(0, 60),
    'by mallory': await people.sign(image, 'mallory'),
    'by mallory and alice': await people.sign(image, ['mallory', 'alice']),
  });
}, 120_000);
afterAll(async () => {
  await people[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const reasons: [RegExp, string][] = [
  [/^Cannot find the digest|\/sums\/.*404/, 'no digest'],
  [/--image-hash says sha\d+:.* says sha\d+:/, 'digests contradict'],
  [/no OpenPGP public keys/, 'no keyring'],
  [/no signature was found/, 'no signature'],
  [/Cannot fetch .*\.sig: .*500 Internal/, 'no answer'],
  [/not a detached OpenPGP signature, or is damaged/, 'damaged signature'],
  [/which is not among the keys/, 'unknown key'],
  [/: its SHA-\d+ is .* says/, 'another digest'],
  [/signature by alice .* does not match/, 'signature of another image'],
];

function refused(when: string, error: unknown): string {
  if (!(error instanceof InstallerError)) throw error;
  return `${when}: ${reasons.find(([words]) => words.test(error.message))?.[1] ?? error.message}`;
}

/** What is planned of the image at `url`, and what comes of reading it. */
async function outcome(row: Row, url: string, sumsUrl: string): Promise<string> {
  const [hash, sums, keys] = [row['--image-hash'], row['--checksum-url'], row['--keyring']];
  const parameters = resolveParameters({
    options: {
      ...{ device: 'vda', ignitionUrl: 'skip', imageUrl: url },
      ...(hash !== 'none' && { imageHash: hexes[hash] }),
      ...(sums !== 'none' && { checksumUrl: `${sumsUrl}/${encodeURI(sums)}` }),
      ...(keys !== 'none' && { keyring: join(directory, keys) }),
      ...(row.flags === '--require-signature' && { requireSignature: true }),
      ...(row.flags === '--insecure' && { insecure: true }),
    },
    files: { directory: '/tmp' },
    kernel: [],
  });
  const quick = { ...hasty, retryForMs: 20 };
  const chosen = { url: parameters.imageUrl as Resolved<string> };
  const planned = await planVerification(parameters, chosen, quick, never).catch((error) =>
    refused('before', error),
  );
  if (typeof planned === 'string') return planned;
  await using verifier = await ImageVerifier.start(url, planned.plan, never);
  for (let at = 0; at < image.length; at += 70_000)
    await verifier.update(image.subarray(at, at + 70_000));
  try {
    const verified = await verifier.finish(hexOf('sha256', image));
    const signers = verified.signers.map(({ userId }) => `, signed by ${userId?.split(' ')[0]}`);
    const warned = planned.warnings.length > 0 ? ', with a warning' : '';
    return `taken: ${verified.digests.length} digests${signers.join('')}${warned}`;
  } catch (error) {
    return refused('after', error);
  }
}

test('signature, flags, digests and keyring: each with each other, what becomes of the image', async () => {
  const at = (signature: string) => `/${encodeURI(signature)}/image`;
  const files = Object.fromEntries([
    ...Object.entries(signatures).map(([name, bytes]) => [`${at(name)}.sig`, bytes]),
    ...Object.entries(hexes).map(([name, hex]) => [
      `/sums/${encodeURI(name)}`,
      Buffer.from(`${'ab'.repeat(32)}  other\n${hex}  image\n`),
    ]),
    ['/sums/of%20other%20files', Buffer.from(`${hexes['sha256']}  other\n`)],
  ]);
  await using server = await startServer({
    files,
    fault: (_, { url = '' }) => (url.startsWith('/not%20to%20be') ? { status: 500 } : undefined),
  });
  const rows: Row[] = [...everyPair(choices), ...everyCombination(crucial)];
  expect(rows.length).toBeGreaterThanOrEqual(9 * 7 + 72);
  const program = async (row: Row) =>
    await outcome(row, server.url + at(row.signature), `${server.url}/sums`);
  expect(await disagreements(rows, model, program)).toEqual([]);
}, 120_000);
