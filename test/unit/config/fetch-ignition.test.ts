import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { planIgnition } from '../../../src/config/fetch-ignition.ts';
import { openSource } from '../../../src/fetch/open-source.ts';
import { hasty, never } from '../../support/read.ts';
import { startServer } from '../../support/servers.ts';

const yaml = Buffer.from('variant: fcos\nversion: 1.0.0\n');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function plan(bytes: Uint8Array, hex: string) {
  await using server = await startServer({ files: { '/config': bytes } });
  const digest = { algorithm: 'sha256', hex, from: '--ignition-hash' } as const;
  const source = openSource(`${server.url}/config`, hasty);
  return await planIgnition(source, { digest, check: undefined }, never);
}

test.each<[string, Uint8Array | string]>([
  ['a login page', '<!DOCTYPE html><title>Login</title>'],
  ['nothing', ''],
  ['broken JSON', '{"ignition": '],
  ['YAML with an error', 'variant: fcos\nversion: 1.0.0\npasswd: x\n'],
  ['YAML that is sound', yaml],
  ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x7d])],
])('%s with another digest: nothing is told but that', async (_, content) => {
  const bytes = Buffer.from(content);
  const wrong = '0'.repeat(64);
  await expect(plan(bytes, wrong)).rejects.toThrow(
    `its SHA-256 is ${sha256(bytes)}, and --ignition-hash says ${wrong}. Compare both`,
  );
});

test('a config may have 16 MiB, and no byte more', async () => {
  const config = '{"ignition":{"version":"3.0.0"}}';
  const limitBytes = 16 * 1024 * 1024;
  /** What is said of a config of that size; not its bytes, which no report of a failure is for. */
  const said = async (sizeBytes: number) => {
    const bytes = Buffer.from(config.padEnd(sizeBytes));
    const planned = plan(bytes, sha256(bytes));
    return await planned.then(
      ({ version }) => version,
      (error: Error) => error.message,
    );
  };
  expect(await said(limitBytes - 1)).toBe('3.0.0');
  expect(await said(limitBytes)).toBe('3.0.0');
  expect(await said(limitBytes + 1)).toContain(
    'it is 16777217 bytes, and at most 16 MiB are allowed',
  );
});

test('the digest of a config in YAML is that of the bytes as served', async () => {
  const planned = await plan(yaml, sha256(yaml));
  expect(planned.translatedFrom).toBe('1.0.0');
  const translated = sha256(planned.bytes);
  expect(translated).not.toBe(sha256(yaml));
  await expect(plan(yaml, translated)).rejects.toThrow(`its SHA-256 is ${sha256(yaml)}`);
});
