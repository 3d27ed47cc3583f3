import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPublicKeys } from '../../../src/verify/public-keys.ts';
import { trustedKeys } from '../../../src/verify/trusted-keys.ts';
import { type Publisher, publisher } from '../../support/openpgp.ts';

let people: Publisher;
beforeAll(async () => {
  people = await publisher();
  await people.makeKey('alice');
  await people.makeKey('bob');
}, 60_000);
afterAll(() => people[Symbol.asyncDispose]());

/** What GnuPG says of keys: version, algorithm, time, fingerprint and name of each. */
async function listed(input: Uint8Array) {
  const { stdout } = await execa('gpg', ['--batch', '--show-keys', '--with-colons'], {
    input: Buffer.from(input),
  });
  return stdout.split(/^(?=pub:)/m).flatMap((part) => {
    const [, algorithm, made] = /^pub:[^:]*:\d+:(\d+):\w+:(\d+):/.exec(part) ?? [];
    if (made === undefined) return [];
    return {
      version: 4,
      algorithm: Number(algorithm),
      madeAt: new Date(Number(made) * 1000),
      fingerprint: /^fpr:+([0-9A-F]+):/m.exec(part)?.[1],
      userId: /^uid:(?:[^:]*:){8}([^:]*):/m.exec(part)?.[1]?.replaceAll('\\x3a', ':'),
    };
  });
}

const facts = (bytes: Uint8Array) => readPublicKeys(bytes).map(({ bytes: _, ...rest }) => rest);

test.each(['fedora.asc', 'redhat.asc'])('keys/%s: what GnuPG says of each key', async (name) => {
  const file = readFileSync(join(import.meta.dirname, '../../../keys', name));
  expect(facts(file)).toEqual(await listed(file));
});

test('keys that were just made, one after the other in a binary file', async () => {
  const file = await people.keys(['alice', 'bob']);
  expect(facts(file)).toHaveLength(2);
  expect(facts(file)).toEqual(await listed(file));
  const [first, second] = readPublicKeys(file);
  expect(Buffer.concat([first?.bytes ?? [], second?.bytes ?? []] as Uint8Array[])).toEqual(file);
});

test('lengths in the new format of headers', async () => {
  const file = await people.keys(['alice']);
  const [key] = readPublicKeys(file);
  const body = file.subarray(3, 3 + file.readUInt16BE(1));
  const name = Buffer.from('New <new@example.org>');
  const twoBytes = [((body.length - 192) >> 8) + 192, (body.length - 192) & 255];
  const fiveBytes = [255, 0, 0, body.length >> 8, body.length & 255];
  for (const length of [twoBytes, fiveBytes]) {
    const header = Buffer.from([0xc6, ...length]);
    const packets = [header, body, Buffer.from([0xcd, name.length]), name];
    expect(facts(Buffer.concat(packets))).toMatchObject([
      { fingerprint: key?.fingerprint, userId: 'New <new@example.org>' },
    ]);
  }
});

test('a file that ends within a packet has none', async () => {
  const file = await people.keys(['alice']);
  for (let length = 0; length < file.length; length++) {
    const found = readPublicKeys(file.subarray(0, length));
    const whole = found.reduce((sum, key) => sum + key.bytes.length, 0);
    expect([0, length]).toContain(whole);
  }
  // Data of indeterminate length, and a length in parts.
  expect(readPublicKeys(Buffer.from([0x9b, 4, 0, 0, 0, 0, 1]))).toEqual([]);
  expect(readPublicKeys(Buffer.from([0xc6, 230, 4, 0, 0, 0, 0, 1]))).toEqual([]);
});

describe('the keys inside this program', () => {
  const keys = trustedKeys();
  const named = (name: string) => keys.filter(({ userId }) => userId.startsWith(name));

  test('Fedora’s for 31, and for every release from 40 on', () => {
    const releases = named('Fedora (').map(({ userId }) => Number(/\d+/.exec(userId)?.[0]));
    const newest = releases.at(-1) ?? 0;
    expect(newest).toBeGreaterThanOrEqual(47);
    const expected = Array.from({ length: newest - 39 }, (_, index) => 40 + index);
    expect(releases).toEqual([31, ...expected]);
  });

  test('have the fingerprints that their publishers tell', () => {
    const known = {
      'Fedora (31)': '7D22D5867F2A4236474BF7B850CB390B3C3359C4',
      'Fedora (46)': 'D924B10D3E810DABDD8B56B596E7E91491211FCE',
      'Red Hat, Inc. (release key 2)': '567E347AD0044ADE55BA8A5F199E2F91FD431D51',
    };
    for (const [name, fingerprint] of Object.entries(known))
      expect(named(name)).toMatchObject([{ fingerprint }]);
  });

  test('are RSA keys of a version that every gpgv reads, and nobody else’s', () => {
    const publishers =
      /^(Fedora \(\d+\) <fedora-\d+-primary@fedoraproject\.org>|Red Hat, Inc\. \(.*\) <security@redhat\.com>)$/;
    for (const key of keys) {
      expect(key).toMatchObject({ version: 4, algorithm: 1 });
      expect(key.userId).toMatch(publishers);
    }
  });
});
