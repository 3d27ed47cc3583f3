import {
  accessSync,
  constants,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runDirectories } from '../../../src/system/run-directory.ts';
import { findTool, toolDirectories } from '../../../src/system/tools.ts';
import { rehearse, type SignaturePlan } from '../../../src/verify/gpgv.ts';
import { ImageVerifier } from '../../../src/verify/image-verifier.ts';
import { judge } from '../../../src/verify/judge.ts';
import { toKeyring, trustedKeyring } from '../../../src/verify/keyring.ts';
import { readPublicKeys } from '../../../src/verify/public-keys.ts';
import { failure, type Settled } from '../../support/failure.ts';
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

async function expectRefused(signature: SignaturePlan, code: Settled, bytes?: Uint8Array) {
  await expect(verify(signature, bytes)).rejects.toThrow(failure(code));
}

const early = async (plan: SignaturePlan) => {
  const examined = await rehearse(plan, signal);
  const verdict = examined && judge(examined, plan.keyring.name);
  return verdict && 'why' in verdict ? verdict.code : undefined;
};

/** A good signature, and something else. */
const followed = async (bytes: Uint8Array) =>
  Buffer.concat([await people.sign(image, 'alice'), bytes]);

/** One that belongs to root alone holds nothing of a process without root's rights. */
function isReadable(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Processes and private directories of this process. */
function leftBehind(): string[] {
  const directories = runDirectories
    .filter((parent) => isReadable(parent))
    .flatMap((parent) => readdirSync(parent))
    .filter((name) => name.startsWith(`${process.pid}-`));
  const children = readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [, name, parent] =
        /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      return name === 'gpgv' && parent === `${process.pid}`;
    } catch {
      return false;
    }
  });
  return [...directories, ...children];
}

test('nothing is left behind, whether it is good, bad, or not read to its end', async () => {
  const good = await planFor(await people.sign(image, 'alice'));
  await verify(good);
  expect(leftBehind()).toEqual([]);
  await verify(good, image.subarray(1)).catch(() => undefined);
  await early(await planFor(await people.sign(image, 'mallory')));
  expect(leftBehind()).toEqual([]);
  {
    await using verifier = await ImageVerifier.start('x', { digests: [], signature: good }, signal);
    await verifier.update(image);
    expect(leftBehind()).toHaveLength(2);
  }
  expect(leftBehind()).toEqual([]);
});

test('a good signature counts for nothing where gpgv fails after it', async () => {
  const plan = await planFor(await people.sign(image, 'alice'));
  const directory = mkdtempSync(join(tmpdir(), 'gpgv-'));
  const real = findTool('gpgv');
  const failing = (exitCode: number) =>
    writeFileSync(join(directory, 'gpgv'), `#!/bin/sh\n${real} "$@"; exit ${exitCode}\n`, {
      mode: 0o755,
    });
  const directories = toolDirectories as string[];
  directories.unshift(directory);
  try {
    failing(0);
    expect((await verify(plan)).signers).toHaveLength(1);
    failing(2);
    await expectRefused(plan, 'signature-unreadable');
  } finally {
    directories.shift();
    rmSync(directory, { recursive: true });
  }
});

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

  test('with an expired key that was renewed, or whose other subkey has expired', async () => {
    const at = '20200101T000000';
    await people.makeKey('renate', { at, expires: '1y' });
    await people.makeKey('susan', { at });
    await people.addSubkey('susan', { at, expires: '1y' });
    const byRenate = await people.sign(image, 'renate', { at: '20200601T000000' });
    const bySusan = await people.sign(image, 'susan');
    await people.renew('renate');
    const keys = await people.keys(['renate', 'susan', 'olga']);
    for (const bytes of [byRenate, bySusan]) {
      const plan = await planFor(bytes, keys);
      expect(await early(plan)).toBeUndefined();
      expect((await verify(plan)).signers).toHaveLength(1);
    }
    const byOlga = await people.sign(image, 'olga', { at: '20200601T000000' });
    const mixed = await planFor(Buffer.concat([byOlga, bySusan]), keys);
    expect(await early(mixed)).toBeUndefined();
    expect((await verify(mixed)).signers).toHaveLength(1);
  }, 120_000);

  test('beside one of a version that gpgv does not know', async () => {
    const good = await people.sign(image, 'alice');
    const newer = Buffer.from([0xc2, 6, 6, 0, 1, 10, 0, 0]);
    const armour = (bytes: Buffer) =>
      `-----BEGIN PGP SIGNATURE-----\nComment: two\n\n${bytes.toString('base64').replaceAll(/.{64}/g, '$&\r\n')}\n=abcd\n-----END PGP SIGNATURE-----\n`;
    const both = [Buffer.concat([good, newer]), Buffer.concat([newer, good])];
    for (const bytes of [...both, ...both.map((one) => Buffer.from(armour(one)))]) {
      const plan = await planFor(bytes);
      expect(await early(plan)).toBeUndefined();
      expect((await verify(plan)).signers).toHaveLength(1);
    }
    const other = await planFor(Buffer.concat([newer, good, Buffer.from('\n')]));
    expect(await early(other)).toBe('signature-unreadable');
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
    await expect(verify(plan, other)).rejects.toThrow(
      /by alice <alice@example.org> \(key [0-9A-F]{16}\) does not match/,
    );
    await expectRefused(plan, 'signature-mismatch', other);
    await expectRefused(plan, 'signature-mismatch', Buffer.concat([image, Buffer.from('!')]));
    await expectRefused(plan, 'signature-mismatch', image.subarray(1));
  });

  test('a good signature beside a bad one', async () => {
    const good = await people.sign(image, 'alice');
    const bad = await people.sign(Buffer.from('else'), 'bob');
    await expectRefused(await planFor(Buffer.concat([good, bad])), 'signature-mismatch');
    await expectRefused(await planFor(Buffer.concat([bad, good])), 'signature-mismatch');
  });

  test('an expired signature', async () => {
    const how = ['--default-sig-expire', '1d', '--detach-sign'];
    const bytes = await people.sign(image, 'petra', { how, at: '20200601T000000' });
    await expectRefused(await planFor(bytes), 'signature-expired');
  });

  test('a signature for text', async () => {
    const bytes = await people.sign(image, 'alice', { how: ['--textmode', '--detach-sign'] });
    await expectRefused(await planFor(bytes), 'signature-unsupported');
  });

  test('a good signature with half of another behind it', async () => {
    const half = (await people.sign(image, 'bob')).subarray(0, 60);
    await expectRefused(await planFor(await followed(half)), 'signature-unreadable');
  });
});

describe('refused already before:', () => {
  test.each(['SHA1', 'MD5', 'RIPEMD160'])('made with %s', async (digest) => {
    const plan = await planFor(await people.sign(image, 'alice', { digest }));
    if (digest !== 'RIPEMD160') expect(await early(plan)).toBe('signature-weak');
    await expectRefused(plan, 'signature-weak');
  });

  test('an unknown key', async () => {
    const plan = await planFor(await people.sign(image, 'mallory'));
    const words = new RegExp(`the key ${fingerprints['mallory']}, which is not among the keys of`);
    expect(await early(plan)).toBe('signing-key-unknown');
    await expectRefused(plan, 'signing-key-unknown');
    await expect(verify(plan)).rejects.toThrow(words);
  });

  test('an expired key', async () => {
    const plan = await planFor(await people.sign(image, 'olga', { at: '20200601T000000' }));
    expect(await early(plan)).toBe('signing-key-expired');
    await expectRefused(plan, 'signing-key-expired');
  });

  test('a revoked key', async () => {
    const bytes = await people.sign(image, 'rita');
    await people.revoke('rita');
    const plan = await planFor(bytes, await people.keys());
    expect(await early(plan)).toBe('signing-key-revoked');
    await expectRefused(plan, 'signing-key-revoked');
  });

  test('an algorithm that gpgv does not know', async () => {
    const bytes = await people.sign(image, 'alice');
    // Header of three bytes; version, type, algorithm.
    bytes[5] = 99;
    const plan = await planFor(bytes);
    expect(await early(plan)).toBe('signature-unsupported');
    await expectRefused(plan, 'signature-unsupported');
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
    ['a line end behind a signature', () => followed(Buffer.from('\n'))],
    ['a public key behind one', async () => followed(await people.keys(['alice']))],
  ])('%s', async (_, make) => {
    const plan = await planFor(await make());
    expect(await early(plan)).toBe('signature-unreadable');
    await expectRefused(plan, 'signature-unreadable');
  });
});

describe('keyrings', () => {
  const works = async (file: Uint8Array | string, name = 'alice') => {
    const keys = toKeyring('/keys', Buffer.from(file));
    if (!('bytes' in keys)) return keys.why;
    const { signers } = await verify(await planFor(await people.sign(image, name), keys.bytes));
    return signers.length === 1;
  };

  test('binary, armoured, several armoured ones in a file with notes', async () => {
    expect(await works(await people.keys(['alice']))).toBe(true);
    const alice = await people.keys(['alice'], ['--armor', '--comment', 'one: two']);
    const bob = await people.keys(['bob'], ['--armor']);
    expect(await works(alice)).toBe(true);
    const both = `Notes.\n\n${bob}\nMore notes.\n${alice}`.replaceAll('\n', '\r\n');
    expect(await works(both)).toBe(true);
    expect(await works(both, 'bob')).toBe(true);
  });

  // Version 6, with nothing that this would need to be a real one: gpgv reads no further either.
  const newKey = Buffer.from([0xc6, 10, 6, 0, 0, 0, 0, 27, 0, 0, 0, 0]);

  test('a key of a version that gpgv does not know is left out: it would take none of the file', async () => {
    const alice = await people.keys(['alice']);
    expect(await works(Buffer.concat([alice, newKey]))).toBe(true);
    const armour = (bytes: Buffer) =>
      `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${bytes.toString('base64')}\n-----END PGP PUBLIC KEY BLOCK-----\n`;
    expect(await works(armour(newKey) + armour(alice))).toBe(true);
    expect(await works(newKey)).toBe('gpgv cannot use its keys, which are of version 6');
  });

  // Not every gpgv minds.
  test('of several keys only those of version 4 are given to gpgv, byte for byte', async () => {
    const keys = await people.keys(['alice', 'bob']);
    const [alice, bob] = readPublicKeys(keys).map(({ bytes }) => bytes) as [Uint8Array, Uint8Array];
    for (const version of [2, 3, 5, 6]) {
      const other = Buffer.from(newKey);
      other[2] = version;
      expect(toKeyring('/x', Buffer.concat([other, alice, other, bob, other]))).toEqual({
        name: '/x',
        bytes: keys,
      });
    }
  });

  test('the keys inside this program: gpgv takes all of them', async () => {
    const { name, bytes } = trustedKeyring();
    expect(name).toBe('this program');
    expect(await works(Buffer.concat([bytes, await people.keys(['alice'])]))).toBe(true);
    const plan = await planFor(await people.sign(image, 'alice'), bytes);
    expect(await early(plan)).toBe('signing-key-unknown');
  });

  test('a keybox', async () => {
    const box = Buffer.concat([Buffer.from([0, 0, 0, 32, 1, 1, 0, 0]), Buffer.from('KBXf')]);
    expect(toKeyring('/box', box)).toEqual({ name: '/box', bytes: box });
  });

  test.each([
    ['a text', 'hello'],
    ['nothing', ''],
    [
      'a private key',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n-----END PGP PRIVATE KEY BLOCK-----\n',
    ],
  ])('%s is none', (_, text) => {
    const why = 'there are no OpenPGP public keys in it';
    expect(toKeyring('/x', Buffer.from(text))).toEqual({ why });
  });
});
