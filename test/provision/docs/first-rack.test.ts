import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { makeFleet } from '../../support/fleet-directory.ts';
import { blocksOf, readPage } from '../../support/pages.ts';
import { runProvision } from '../../support/provision.ts';
import { runningServer } from '../../support/running-server.ts';

const commands = blocksOf(readPage('fleet/first-rack.md'), 'sh').flatMap((block) =>
  block.trim().split('\n'),
);
const wordsOf = (start: string): string[] => {
  const line = commands.find((one) => one.startsWith(start)) ?? expect.fail(`no ${start}`);
  return line.split(' ').slice(1);
};

test('the commands, in the directory that has rack/', async () => {
  using fleet = makeFleet();
  const cwd = mkdtempSync(join(tmpdir(), 'docs-'));
  try {
    symlinkSync(fleet.path, join(cwd, 'rack'));
    const type = async (start: string) => await runProvision(wordsOf(start), cwd);
    expect(await type('coreos-provision check')).toMatchObject({ exitCode: 0 });
    const [, directory = ''] = wordsOf('coreos-provision serve rack/');
    await using server = await runningServer(directory, { cwd });
    expect((await type('coreos-provision status --dir')).stdout).toContain('The fleet is held.');
    expect(await type('coreos-provision release --all')).toMatchObject({
      exitCode: 0,
      stdout: 'The fleet is released: 1 machine.',
    });
    const path = `/assets/sha256-${fleet.addAsset('vmlinuz')}/vmlinuz`;
    const { statusCode, body } = await request(`${server.url}${path}`);
    expect([statusCode, await body.text()]).toEqual([200, 'vmlinuz']);
    // In the directory itself, as the page says.
    const { stdout } = await runProvision(wordsOf('coreos-provision status --all'), fleet.path);
    expect(stdout).toContain('n1');
    expect(await type('coreos-provision token create')).toMatchObject({ exitCode: 0 });
    expect((await type('coreos-provision token list')).stdout).toMatch(/^alice /);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
