import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import { ParameterError } from '../../../src/lib/errors.ts';
import { readKeyring } from '../../../src/plan/signature.ts';

const directory = mkdtempSync(join(tmpdir(), 'keyring-'));
afterAll(() => rmSync(directory, { recursive: true }));

const read = (value: string) =>
  readKeyring({ value, origin: { kind: 'option', name: '--keyring' } });

test.each<[string, string, (path: string) => unknown]>([
  ['no file', 'there is no such file', () => {}],
  ['a named pipe that nobody writes to', 'no regular file', (path) => execa('mkfifo', [path])],
  [
    'a file that is far too large',
    'larger than 4 MiB',
    (path) => {
      writeFileSync(path, '\x99');
      truncateSync(path, 8 * 1024 ** 3);
    },
  ],
  ['a text', 'no OpenPGP public keys in it', (path) => writeFileSync(path, 'hello')],
])('%s is no keyring', async (name, why, make) => {
  const path = join(directory, name);
  await make(path);
  const error = await read(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ParameterError);
  expect((error as Error).message).toContain(path);
  expect((error as Error).message.replace('not a regular', 'no regular')).toContain(why);
});

test('a file with keys is one, also behind a link', async () => {
  const path = join(directory, 'keys.asc');
  symlinkSync(join(import.meta.dirname, '../../../keys/fedora.asc'), path);
  const { name, bytes } = await read(path);
  expect(name).toBe(path);
  expect(bytes.length).toBeGreaterThan(8000);
});
