import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const program = join(import.meta.dirname, '../../support/link-local.ts');
const address = 'fe80::aaaa';

test('a link-local address is reached through the interface that its URL names', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'link-local-'));
  try {
    const pem = join(directory, 'pem');
    const { stdout: identity } = await execa('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', '-', '-subj', '/CN=test', '-addext', `subjectAltName=IP:${address}`],
    ]);
    await writeFile(pem, identity);
    const node = [process.execPath, program, 'client', address, pem];
    const { stdout } = await execa('unshare', ['--net', ...node]);
    expect(JSON.parse(stdout)).toEqual([
      'what is fetched',
      'what is fetched',
      'what is fetched',
      expect.stringMatching(
        /PORT is a link-local address, and cannot be reached without its interface; tried .*%25eth0\]\/\.$/,
      ),
      expect.stringContaining('there is no interface nothing0'),
    ]);
  } finally {
    await rm(directory, { recursive: true });
  }
});
