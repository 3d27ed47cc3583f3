import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type Block,
  chooseKeys,
  describeAge,
  formatKeys,
  publishers,
} from '../../../scripts/lib/publishers-keys.ts';
import { readPublicKeys } from '../../../src/verify/public-keys.ts';

const [fedora, redHat] = publishers as [(typeof publishers)[0], (typeof publishers)[0]];
const committed = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../keys', name), 'latin1');
const blockAt = (file: string, index: number) =>
  file.match(/^-----BEGIN.*?^-----END [A-Z ]+-----\n/gms)?.[index] ?? '';
const namesOf = (blocks: readonly Block[]) =>
  blocks.map(({ key }) => /\(.*?\)/.exec(key.userId)?.[0]);

test('of Fedora: the primary keys of 31, and from 40 on, by number', () => {
  const file = committed('fedora.asc');
  const [of31, of40, of41] = [0, 1, 2].map((index) => blockAt(file, index));
  const files = new Map([
    ['RPM-GPG-KEY-fedora-41-primary', of41],
    ['RPM-GPG-KEY-fedora-100-primary', blockAt(file, 3)],
    ['RPM-GPG-KEY-fedora-40-primary', of40],
    ['RPM-GPG-KEY-fedora-39-primary', blockAt(file, 4)],
    ['RPM-GPG-KEY-fedora-rawhide-primary', blockAt(file, 5)],
    ['RPM-GPG-KEY-fedora-iot-2019', blockAt(file, 6)],
    ['RPM-GPG-KEY-fedora-31-primary', of31],
  ] as [string, string][]);
  expect(namesOf(chooseKeys(fedora, files))).toEqual(['(31)', '(40)', '(41)', '(42)']);
});

test('of Red Hat: each once, from the newest release; nothing that gpgv cannot read', () => {
  const file = committed('redhat.asc');
  const [first, second] = [blockAt(file, 0), blockAt(file, 1)];
  const version6 = Buffer.from([0xc6, 10, 6, 0, 0, 0, 0, 1, 0, 0, 0, 0]).toString('base64');
  const dsa = Buffer.from([0x98, 10, 4, 0, 0, 0, 0, 17, 0, 1, 1, 0]).toString('base64');
  const unwanted = [version6, dsa].map(
    (data) =>
      `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${data}\n-----END PGP PUBLIC KEY BLOCK-----\n`,
  );
  const older = first.replace(/^Version: .*$/m, 'Comment: older');
  const files = new Map([
    ['RPM-GPG-KEY-redhat10-release', `${first}\n${second}${unwanted.join('')}`],
    ['RPM-GPG-KEY-redhat8-release', `Notes.\n${older}${unwanted[1]}`],
    ['RPM-GPG-KEY-redhat6-release', blockAt(committed('fedora.asc'), 0)],
    ['RPM-GPG-KEY-redhat10-beta', blockAt(committed('fedora.asc'), 1)],
  ]);
  const blocks = chooseKeys(redHat, files);
  expect(namesOf(blocks)).toEqual(['(release key 2)', '(auxiliary key 3)']);
  expect(blocks.map(({ text }) => `${text}\n`)).toEqual([first, second]);
});

test.each(publishers)('keys/$file is as the script writes it', (publisher) => {
  const file = committed(publisher.file);
  const name =
    publisher.name === 'Fedora' ? 'RPM-GPG-KEY-fedora-99-primary' : 'RPM-GPG-KEY-redhat9-release';
  const blocks = chooseKeys(publisher, new Map([[name, file]]));
  const origin = /from (.*)\. Written/.exec(file)?.[1] ?? '';
  expect(origin).toMatch(/^Debian's distribution-gpg-keys \d/);
  expect(formatKeys(publisher, blocks, origin)).toBe(file);
});

test('tells when the newest key is older than a year', () => {
  const keys = readPublicKeys(Buffer.from(committed('fedora.asc'))).filter(
    ({ userId }) => !/\(4[7-9]|[5-9]\d\)/.test(userId),
  );
  expect(describeAge(keys, new Date('2027-01-29'))).toBeUndefined();
  expect(describeAge(keys, new Date('2027-01-31'))).toMatch(
    /newest of Fedora's keys .* made on 2026-01-30, more than a year ago\.\n.*make keys/,
  );
});
