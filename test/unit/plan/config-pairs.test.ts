import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { planIgnition } from '../../../src/config/fetch-ignition.ts';
import { openSource } from '../../../src/fetch/open-source.ts';
import { parseDigest } from '../../../src/lib/digest.ts';
import { InputError } from '../../../src/lib/errors.ts';
import { type Combination, disagreements, everyCombination } from '../../support/combinations.ts';
import { hasty, never } from '../../support/read.ts';
import { startServer } from '../../support/servers.ts';

const json = (more: object) => JSON.stringify({ ignition: { version: '3.0.0' }, ...more });

/** What may be served as a config. */
const contents = {
  json: json({}),
  yaml: 'variant: fcos\nversion: 1.5.0\n',
  /** The first boot of every release fails. */
  'json that fails': json({ storage: { files: [{ path: 'relative' }] } }),
  'yaml that fails': 'variant: fcos\nversion: 1.5.0\nstorage: {files: [{path: relative}]}\n',
  'yaml that cannot be translated': 'variant: fcos\nversion: 1.0.0\npasswd: x\n',
  /** Some releases take it. */
  'json in doubt': JSON.stringify({
    ignition: { version: '3.3.0' },
    storage: {
      disks: [
        { device: '/dev/vda', partitions: [{ label: 'x' }, { number: 3, shouldExist: false }] },
      ],
    },
  }),
  'json of version 2': JSON.stringify({ ignition: { version: '2.2.0' } }),
  'a login page': '<!DOCTYPE html><title>Login</title>',
} as const;

/** What the translator makes of the YAML. */
const translations: Readonly<Record<string, string>> = {
  yaml: '{"ignition":{"version":"3.4.0"}}',
  'yaml that fails': '{"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"relative"}]}}',
};

const choices = {
  content: Object.keys(contents) as (keyof typeof contents)[],
  digest: [
    'none',
    ...['right sha256', 'right sha512', 'right bare sha256', 'right sha256 in capitals'],
    ...['wrong sha256', 'wrong sha512', 'sha256 of the translated'],
  ],
  check: [undefined, 'error', 'warn', 'off'],
  place: ['http', 'file', 'path'],
} as const;

type Row = Combination<typeof choices>;

function model({ content, digest, check }: Row): string {
  // A digest is that of the bytes as served, whatever becomes of them.
  if (digest.startsWith('wrong') || digest.endsWith('translated')) return 'another digest';
  switch (content) {
    case 'json':
      return 'taken as it is';
    case 'yaml':
      return 'taken, translated from 1.5.0';
    case 'yaml that cannot be translated':
      return 'wrong';
    case 'yaml that fails':
      return check === 'warn' || check === 'off' ? 'taken, translated from 1.5.0' : 'wrong';
    case 'json that fails':
      return check === 'warn' || check === 'off' ? 'taken as it is' : 'wrong';
    case 'json in doubt':
      return check === 'error' ? 'wrong' : 'taken as it is';
    case 'json of version 2':
    case 'a login page':
      return check === 'off' ? 'taken as it is' : 'wrong';
  }
}

const hexOf = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');

function digestFor({ content, digest }: Row) {
  const text = contents[content];
  const written = {
    none: undefined,
    'right sha256': `sha256:${hexOf('sha256', text)}`,
    'right sha512': `sha512:${hexOf('sha512', text)}`,
    'right bare sha256': hexOf('sha256', text),
    'right sha256 in capitals': `SHA256-${hexOf('sha256', text).toUpperCase()}`,
    'wrong sha256': `sha256:${hexOf('sha256', `${text}\n`)}`,
    'wrong sha512': `sha512:${hexOf('sha512', '')}`,
    'sha256 of the translated': `sha256:${hexOf('sha256', translations[content] ?? '')}`,
  }[digest];
  const value = written === undefined ? undefined : parseDigest(written);
  if (written !== undefined && value === undefined) throw new Error(`no digest: ${written}`);
  return value && { ...value, from: '--ignition-hash' };
}

const directory = mkdtempSync(join(tmpdir(), 'config-pairs-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('a config’s form, its digest, how it is checked and where it is: what becomes of it', async () => {
  const files = Object.fromEntries(
    Object.entries(contents).map(([name, text]) => [`/${encodeURI(name)}`, Buffer.from(text)]),
  );
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(directory, name), text);
  await using server = await startServer({ files });
  const locate = ({ content, place }: Row) => {
    const path = join(directory, content);
    if (place === 'http') return `${server.url}/${encodeURI(content)}`;
    return place === 'path' ? path : pathToFileURL(path).href;
  };
  const program = async (row: Row) => {
    const source = openSource(locate(row), hasty);
    const expectations = { digest: digestFor(row), check: row.check };
    try {
      const planned = await planIgnition(source, expectations, never);
      const bytes = Buffer.from(planned.bytes).toString();
      if (planned.translatedFrom === undefined)
        return bytes === contents[row.content] ? 'taken as it is' : 'taken, changed';
      return bytes.trim() === translations[row.content]
        ? `taken, translated from ${planned.translatedFrom}`
        : `translated to ${bytes}`;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return /: its SHA-\d+ is \w+, and --ignition-hash says/.test(error.message)
        ? 'another digest'
        : 'wrong';
    }
  };
  const rows = everyCombination(choices);
  expect(rows).toHaveLength(768);
  expect(await disagreements(rows, model, program)).toEqual([]);
});
