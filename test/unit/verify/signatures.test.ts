import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError, ParameterError } from '../../../src/errors.ts';
import { rehearse, type SignaturePlan } from '../../../src/verify/gpgv.ts';
import { ImageVerifier } from '../../../src/verify/image-verifier.ts';
import { judge } from '../../../src/verify/judge.ts';
import { readKeyring, systemKeyring } from '../../../src/verify/keyring.ts';
import { type Publisher, publisher, type SignOptions } from '../../support/openpgp.ts';

const image = Buffer.alloc(300_000, 'an image, or any other file\n');
const { signal } = new AbortController();
let people: Publisher;
let allKeys: Buffer;
const fingerprints: Record<string, string> = {};

beforeAll(async () => {
  people = await publisher();
  for (const name of ['alice', 'bob', 'mallory', 'rita']) {
    fingerprints[name] = await people.makeKey(name);
  }
  await people.makeKey('olga', { at: '20200101T000000', expires: '1y' });
  await people.makeKey('petra', { at: '20200101T000000' });
  await people.makeKey('victor', { selfDigest: 'SHA1' });
  await people.makeKey('future', { at: '20450101T000000' });
  await people.sign(image, 'rita');
}, 120_000);
afterAll(() => people[Symbol.asyncDispose]());

async function planFor(bytes: Uint8Array, keys?: Uint8Array): Promise<SignaturePlan> {
  allKeys ??= await people.keys(['alice', 'bob', 'olga', 'petra', 'victor', 'future']);
  return { name: 'x.sig', bytes, keyring: { name: 'test keys', bytes: keys ?? allKeys } };
}

/** Feeds the image in pieces; gives the signers. */
async function verify(signature: SignaturePlan, bytes: Uint8Array = image) {
  await using verifier = await ImageVerifier.start('x', { digests: [], signature }, signal);
  for (let at = 0; at < bytes.length; at += 70_000) {
    await verifier.update(bytes.subarray(at, at + 70_000));
  }
  return await verifier.finish('');
}

async function expectRefused(signature: SignaturePlan, words: RegExp, bytes?: Uint8Array) {
  await expect(verify(signature, bytes)).rejects.toThrow(InputError);
  await expect(verify(signature, bytes)).rejects.toThrow(words);
}

const early = async (plan: SignaturePlan) => {
  const examined = await rehearse(plan, signal);
  const verdict = examined && judge(examined, plan.keyring.name);
  return verdict && 'why' in verdict ? verdict.why : undefined;
};

describe('good:', () => {
  test.each<[string, string, SignOptions]>([
    ['binary', 'alice', {}],
    ['armoured', 'alice', { how: ['--armor', '--detach-sign'] }],
    ['with SHA-256', 'bob', { digest: 'SHA256' }],
    ['by a key that is signed by itself with SHA-1', 'victor', {}],
    ['by a key from the future, for the clock is wrong', 'future', { at: '20450601T000000' }],
  ])('%s', async (_, name, options) => {
    const plan = await planFor(await people.sign(image, name, options));
    expect(await early(plan)).toBeUndefined();
    const { signers } = await verify(plan);
    expect(signers.map(({ userId }) => userId)).toEqual([`${name} <${name}@example.org>`]);
  });

  test('the fingerprint is told', async () => {
    const { signers } = await verify(await planFor(await people.sign(image, 'alice')));
    expect(signers[0]?.key).toBe(fingerprints['alice']);
  });

  test('two, and one of two beside an unknown or a weak one', async () => {
    const two = await planFor(await people.sign(image, ['alice', 'bob']));
    expect((await verify(two)).signers).toHaveLength(2);
    for (const names of [
      ['alice', 'mallory'],
      ['mallory', 'alice'],
    ]) {
      const mixed = await planFor(await people.sign(image, names));
      expect(await early(mixed)).toBeUndefined();
      expect((await verify(mixed)).signers).toHaveLength(1);
    }
    const weak = await people.sign(image, 'bob', { digest: 'SHA1' });
    const strong = await people.sign(image, 'alice');
    expect((await verify(await planFor(Buffer.concat([weak, strong])))).signers).toHaveLength(1);
  });

  test('an empty file', async () => {
    const empty = Buffer.alloc(0);
    const plan = await planFor(await people.sign(empty, 'alice'));
    expect((await verify(plan, empty)).signers).toHaveLength(1);
  });
});

describe('refused, with the image:', () => {
  test('another image, a longer or a shorter one', async () => {
    const plan = await planFor(await people.sign(image, 'alice'));
    const other = Buffer.from(image);
    other.writeUInt8(other.readUInt8(123_456) ^ 1, 123_456);
    const words = /by alice <alice@example.org> \(key [0-9A-F]{16}\) does not fit/;
    await expectRefused(plan, words, other);
    await expectRefused(plan, words, Buffer.concat([image, Buffer.from('!')]));
    await expectRefused(plan, words, image.subarray(1));
  });

  test('a good signature beside a bad one', async () => {
    const good = await people.sign(image, 'alice');
    const bad = await people.sign(Buffer.from('else'), 'bob');
    await expectRefused(await planFor(Buffer.concat([good, bad])), /by bob .* does not fit/);
    await expectRefused(await planFor(Buffer.concat([bad, good])), /by bob .* does not fit/);
  });

  test('an expired key', async () => {
    const plan = await planFor(await people.sign(image, 'olga', { at: '20200601T000000' }));
    await expectRefused(plan, /olga .*the key has expired.*clock right\? It says 20\d\d-/);
  });

  test('a revoked key', async () => {
    const bytes = await people.sign(image, 'rita');
    await people.revoke('rita');
    await expectRefused(await planFor(bytes, await people.keys()), /rita .*the key was revoked/);
  });

  test('an expired signature', async () => {
    const how = ['--default-sig-expire', '1d', '--detach-sign'];
    const bytes = await people.sign(image, 'petra', { how, at: '20200601T000000' });
    await expectRefused(await planFor(bytes), /by petra .* has expired/);
  });

  test('a signature for text', async () => {
    const bytes = await people.sign(image, 'alice', { how: ['--textmode', '--detach-sign'] });
    await expectRefused(await planFor(bytes), /one for text/);
  });
});

describe('refused already before:', () => {
  test.each(['SHA1', 'MD5', 'RIPEMD160'])('made with %s', async (digest) => {
    const plan = await planFor(await people.sign(image, 'alice', { digest }));
    if (digest !== 'RIPEMD160') expect(await early(plan)).toMatch(/can be forged/);
    await expectRefused(plan, /made with MD5, SHA-1 or RIPE-MD\/160, which can be forged/);
  });

  test('an unknown key', async () => {
    const plan = await planFor(await people.sign(image, 'mallory'));
    const words = new RegExp(`the key ${fingerprints['mallory']}, which is not among the keys of`);
    expect(await early(plan)).toMatch(words);
    await expectRefused(plan, words);
  });

  test.each<[string, () => Promise<Uint8Array>]>([
    ['nothing', async () => Buffer.alloc(0)],
    ['noise', async () => Buffer.from('{"error":"not found"}')],
    ['half a signature', async () => (await people.sign(image, 'alice')).subarray(0, 60)],
    [
      'a signed message in place of a signature',
      () => people.sign(image, 'alice', { how: ['-s'] }),
    ],
    ['a text signed in the clear', () => people.sign(image, 'alice', { how: ['--clear-sign'] })],
    ['a public key', () => people.keys(['alice'])],
  ])('%s', async (_, make) => {
    const plan = await planFor(await make());
    expect(await early(plan)).toMatch(/no detached OpenPGP signature, or is damaged \(gpgv: \w/);
    await expectRefused(plan, /no detached OpenPGP signature/);
  });
});

describe('keyrings', () => {
  const directory = mkdtempSync(join(tmpdir(), 'keyrings-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const put = (name: string, bytes: Uint8Array | string) => {
    const path = join(directory, name);
    writeFileSync(path, bytes);
    return path;
  };
  const works = async (path: string, name = 'alice') => {
    const { bytes } = await readKeyring(path);
    const { signers } = await verify(await planFor(await people.sign(image, name), bytes));
    return signers.length === 1;
  };

  test('binary, armoured, several armoured ones in a file with notes', async () => {
    expect(await works(put('a.gpg', await people.keys(['alice'])))).toBe(true);
    const alice = await people.keys(['alice'], ['--armor', '--comment', 'one: two']);
    const bob = await people.keys(['bob'], ['--armor']);
    expect(await works(put('a.asc', alice))).toBe(true);
    const both = put(
      'both.asc',
      `Notes.\n\n${bob}\nMore notes.\n${alice}`.replaceAll('\n', '\r\n'),
    );
    expect(await works(both)).toBe(true);
    expect(await works(both, 'bob')).toBe(true);
  });

  test.each([
    ['a text', 'hello'],
    ['nothing', ''],
    [
      'a private key',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n-----END PGP PRIVATE KEY BLOCK-----\n',
    ],
  ])('%s is none', async (name, text) => {
    const path = put(name, text);
    await expect(readKeyring(path)).rejects.toThrow(ParameterError);
    await expect(readKeyring(path)).rejects.toThrow('there are no OpenPGP public keys in it');
  });

  test('a file that is not there', async () => {
    await expect(readKeyring(join(directory, 'no'))).rejects.toThrow('there is no such file');
  });

  test('the system’s: all files that hold keys, links once', async () => {
    put('note.txt', 'no key');
    symlinkSync('a.asc', join(directory, 'link'));
    const keyring = await systemKeyring([join(directory, 'none'), directory]);
    expect(keyring?.name).toBe(directory);
    const bytes = keyring?.bytes ?? Buffer.alloc(0);
    const once = (await people.keys(['alice', 'bob'])).length;
    expect(bytes.length).toBeLessThan(4 * once);
    const { signers } = await verify(await planFor(await people.sign(image, 'bob'), bytes));
    expect(signers).toHaveLength(1);
    expect(await systemKeyring([join(directory, 'none')])).toBeUndefined();
  });
});
