import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dataOf } from '../../../src/config/ignition/schema/data-url.ts';
import { loadFleet } from '../../../src/provision/wanted/load-fleet.ts';
import { FleetDirectory, makeFleet, profileOf } from '../../support/fleet-directory.ts';
import { lacks } from '../../support/needs.ts';
import { blocksOf, blockWith, readPage } from '../../support/pages.ts';
import { runProvision } from '../../support/provision.ts';

const page = readPage('fleet/machines.md');
const secrets = readPage('fleet/secrets.md');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'docs-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs a command of the page as it is written, with more words. */
async function type(command: string, ...more: string[]) {
  const [program, ...words] = command.trim().split(' ');
  expect(program).toBe('coreos-provision');
  return await runProvision([...words, ...more], directory);
}

/** A fleet with the page's table, profile and template. */
function documented(): FleetDirectory {
  const fleet = makeFleet(blocksOf(page, 'csv')[0]);
  const [, lines = ''] = blocksOf(page, 'yaml');
  const assets = profileOf(fleet).split('\n').slice(0, 3).join('\n');
  fleet.put(
    'profiles/worker.yaml',
    lines.replace(/^(image|kernel|initramfs): .*\n/gm, '') + assets,
  );
  fleet.put('butane/worker.bu', blockWith(page, 'yaml', 'hostname}'));
  return fleet;
}

test('the commands, from an empty directory on', async () => {
  const [init = '', add = '', , checks = ''] = blocksOf(page, 'sh');
  expect((await type(init)).exitCode).toBe(0);
  const named = [...page.matchAll(/^\| `(?:([\w.]+)|([\w]+)\/[\w.*]*)` \|/gm)];
  expect(readdirSync(join(directory, 'rack'))).toEqual(
    expect.arrayContaining(named.map(([, file, folder]) => file ?? folder).slice(0, 6)),
  );

  const image = add.trim().split(' ').at(-1) ?? '';
  writeFileSync(join(directory, image), 'x'.repeat(1024));
  const added = await type(add, '--insecure', '--quiet');
  expect(added.stdout).toMatch(/^image: sha256:[0-9a-f]{64} {2}# fedora-coreos-metal/);

  using fleet = documented();
  rmSync(join(directory, 'rack'), { recursive: true });
  await execa('cp', ['-a', fleet.path, join(directory, 'rack')]);
  const [all = '', one = ''] = checks.trim().split('\n');
  expect((await type(all)).stdout).toContain('2 machines (2 of profile worker)');
  expect((await type(one)).stdout).toContain('node-1.example.com');
});

test.skipIf(lacks('xz', 'zstd'))('images that are packed again, and the list', async () => {
  const [init = '', , again = ''] = blocksOf(page, 'sh');
  await type(init);
  writeFileSync(join(directory, 'fedora-coreos-metal.x86_64.raw.xz'), 'x'.repeat(1024));
  const [repack = '', list = ''] = again.trim().split('\n');
  expect((await type(repack, '--insecure', '--quiet')).stdout).toMatch(/\.raw\.zst$/);
  const other = blockWith(readPage('fleet/scale.md'), 'sh', '--repack xz');
  expect((await type(other, '--insecure', '--quiet')).stdout).toMatch(/\.raw\.xz$/);
  const listed = (await type(list)).stdout;
  for (const ending of ['xz', 'zst'])
    expect(listed).toMatch(
      new RegExp(`raw\\.${ending}, .*, packed from fedora-coreos-metal\\.x86_64\\.raw\\.xz \\(sha`),
    );
});

test('the import', async () => {
  using fleet = new FleetDirectory();
  fleet.put('groups/n1.json', '{"id":"n1","profile":"w","selector":{"mac":"525400000001"}}');
  fleet.put('profiles/w.json', '{"id":"w"}');
  const command = blockWith(page, 'sh', 'import matchbox').replace('/var/lib/matchbox', fleet.path);
  expect((await type(command)).stdout).toContain('1 machines. Next: coreos-provision check rack/');
});

test('the examples are a fleet, and the values are where the page says', async () => {
  using fleet = documented();
  const { machines } = await loadFleet(fleet.path);
  expect([...machines.keys()]).toEqual(['node-1', 'node-2']);
  expect(machines.get('node-2')?.identity.macs).toEqual(['52:54:00:00:00:02', '52:54:00:00:01:02']);
  const config = JSON.parse(machines.get('node-1')?.config.toString() ?? '');
  const contents = config.storage.files.map((file: { contents: { source: string } }) =>
    dataOf(file.contents.source)?.toString(),
  );
  expect(contents[0]).toBe('node-1.example.com');
  expect(contents[1]).toContain(`echo "\${USER} on node-1 in r1"`);
});

test('the unit that reports, without which phone_home would wait for ever', async () => {
  using fleet = documented();
  fleet.put('profiles/worker.yaml', profileOf(fleet, 'phone_home: true\n'));
  expect((await loadFleet(fleet.path)).warnings.join('\n')).toMatch(
    /^profiles\/worker\.yaml:5:9: warning: phone_home is true, .*v1\/booted/m,
  );
  const template = blockWith(page, 'yaml', 'hostname}') + blockWith(page, 'yaml', 'v1/booted');
  fleet.put('butane/worker.bu', template);
  const { machines, warnings } = await loadFleet(fleet.path);
  expect(warnings.join()).not.toContain('phone_home');
  expect(machines.get('node-1')?.config.toString()).toContain(
    'POST http://192.0.2.1:8080/v1/booted?mac=52:54:00:00:00:01',
  );
});

test('the secrets: one for all, one for each machine, for their owner only', async () => {
  using fleet = documented();
  const [file = '', template = ''] = blocksOf(secrets, 'yaml');
  fleet.put('secrets/all.yaml', file);
  fleet.put('butane/worker.bu', `${template}      user: {name: "\${secret.join_token}"}\n`);
  const { machines } = await loadFleet(fleet.path);
  expect(machines.get('node-1')?.config.toString()).toMatch(/7f3a-example.*kA1-example/);
  expect(machines.get('node-2')?.config.toString()).toMatch(/7f3a-example.*kB2-example/);

  const [program = '', ...words] = blockWith(secrets, 'sh', 'chmod').trim().split(' ');
  const path = join(fleet.path, 'secrets/all.yaml');
  await execa('chmod', ['644', path]);
  await expect(loadFleet(fleet.path)).rejects.toThrow('its mode is 0644');
  await execa(program, [...words.slice(0, -1), path]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await loadFleet(fleet.path);
});
