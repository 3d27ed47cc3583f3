import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFleet, workerTemplate } from '../../support/fleet-directory.ts';
import { lacks } from '../../support/needs.ts';
import { runProvision } from '../../support/provision.ts';
import { noise } from '../../support/read.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'provision-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const inDirectory = (...words: string[]) => runProvision(words, directory);

test('from nothing to a fleet that can be served', async () => {
  const init = await inDirectory('init', 'rack');
  expect(init).toMatchObject({ exitCode: 0, stderr: '' });
  expect(init.stdout).toContain('coreos-provision image add rack FILE-OR-URL...');
  expect(init.stdout).toMatch(/^ {3}[\w-]{43}$/m);
  const rack = (name: string) => resolve(directory, 'rack', name);
  expect(statSync(rack('secrets/all.yaml')).mode & 0o777).toBe(0o600);
  expect(statSync(rack('secrets')).mode & 0o777).toBe(0o700);
  expect(statSync(rack('state')).mode & 0o777).toBe(0o700);

  const fresh = await inDirectory('check', 'rack');
  expect(fresh).toMatchObject({
    exitCode: 0,
    stdout: `${rack('')}: 0 machines; every config is valid.`,
  });
  expect(fresh.stderr).toBe(
    'profiles/worker.yaml: warning: it has only comments, and is not used.',
  );

  const files = ['metal.raw', 'vmlinuz', 'initramfs.img'];
  for (const name of files) writeFileSync(join(directory, name), name.padEnd(1024));
  const added = await inDirectory('image', 'add', 'rack/', ...files, '--insecure', '--quiet');
  expect(added.exitCode).toBe(0);
  const lines = added.stdout.split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^image: sha256:[0-9a-f]{64} {2}# metal\.raw$/),
    expect.stringMatching(/^kernel: sha256:[0-9a-f]{64} {2}# vmlinuz$/),
    expect.stringMatching(/^initramfs: sha256:[0-9a-f]{64} {2}# initramfs\.img$/),
  ]);

  // As the files say.
  const profile = readFileSync(rack('profiles/worker.yaml'), 'utf8');
  const kept = profile.replaceAll(/^#(?=[a-z]+_?[a-z]*:( |$)| {2}-)/gm, '');
  writeFileSync(
    rack('profiles/worker.yaml'),
    kept.replace(/^image:\n.*\n.*\n/m, `${added.stdout}\n`),
  );
  const table = readFileSync(rack('machines.csv'), 'utf8');
  writeFileSync(rack('machines.csv'), table.replaceAll(/^#(?=node)/gm, ''));
  const keyless = await inDirectory('check', 'rack');
  expect(keyless.stdout).toBe(
    `${rack('')}: 2 machines (2 of profile worker); every config is valid.`,
  );
  expect(keyless.stderr).not.toContain('phone_home');
  expect(keyless.stderr).toMatch(/^butane\/worker\.bu:9:11: warning: .*machine node-1 and 1 more/m);

  const shown = await inDirectory('check', 'rack', '--machine', 'node-2');
  expect(shown.stdout).toContain('node-2.example.com');
  expect(shown.stdout).toContain('***');
  expect(shown.stdout).not.toContain('an%20example');
  const open = await inDirectory('check', 'rack', '--machine', 'node-2', '--show-secrets');
  expect(open.stdout).toContain('an%20example');

  const again = await inDirectory('init', 'rack');
  expect(again.exitCode).toBe(5);
  expect(again.stderr).toContain('the directory is not empty');
});

test.skipIf(lacks('zstd'))(
  'image add --repack says the sizes, and image list what was verified',
  async () => {
    using fleet = makeFleet();
    const raw = Buffer.concat([noise(300_000), Buffer.alloc(3_000_000)]);
    writeFileSync(join(directory, 'metal.raw.gz'), gzipSync(raw));
    const words = ['image', 'add', fleet.path, 'metal.raw.gz', '--insecure', '--quiet'];
    const added = await inDirectory(...words, '--repack', 'zstd');
    expect(added.stdout).toMatch(/^image: sha256:[0-9a-f]{64} {2}# metal\.raw\.zst$/);
    expect(added.stderr).toMatch(/^metal\.raw\.zst: [\d.]+ KiB, before [\d.]+ KiB\.$/m);
    const { stdout } = await inDirectory('image', 'list', fleet.path);
    const lines = stdout.split('\n');
    expect(lines).toHaveLength(4);
    expect(lines.find((line) => line.includes('metal.raw.zst'))).toMatch(
      /^sha256:[0-9a-f]{64} {2}metal\.raw\.zst, [\d.]+ KiB, packed from metal\.raw\.gz \(sha256:[0-9a-f]{64}\), no signature was verified$/,
    );
    // As image add of an earlier version has written it.
    expect(lines.find((line) => line.includes('vmlinuz'))).toMatch(
      / {2}vmlinuz, 7 bytes, added by an earlier version, which did not note who signed it$/,
    );

    const [, sha256 = ''] = /sha256:(\w{64})/.exec(added.stdout) ?? [];
    rmSync(join(fleet.path, `assets/sha256-${sha256}`), { recursive: true });
    expect((await inDirectory('image', 'list', fleet.path)).stdout).toContain(
      `sha256:${sha256}  the file assets/sha256-${sha256}/metal.raw.zst is missing`,
    );

    const other = await inDirectory(...words, '--repack', 'gzip');
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain('zstd, xz');
  },
);

test('check lists everything that is wrong, and says which machine there is', async () => {
  using fleet = makeFleet('name,mac,rack,profile\nn1,x,r1,worker\nn2,y,r1,worker\n');
  const { exitCode, stderr, stdout } = await runProvision(['check', fleet.path]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
  expect(stderr.split('\n')).toEqual([
    'machines.csv:2: error: mac: "x" is not a MAC address of 12 hex digits.',
    'machines.csv:3: error: mac: "y" is not a MAC address of 12 hex digits.',
    `Cannot use the fleet in ${fleet.path}. [fleet-invalid]`,
  ]);
});

test('check of a machine that there is not', async () => {
  using fleet = makeFleet();
  const { exitCode, stderr } = await runProvision(['check', fleet.path, '--machine', 'n2']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('there is no such machine; the nearest is n1');
});

test.each([
  ['image', 'add', '.', 'x'],
  ['check', '.'],
  ['serve', '.'],
  ['loaders', '.'],
  ['token', 'create', '.'],
])('%s %s needs a fleet', async (...words) => {
  const { exitCode, stderr } = await inDirectory(...words);
  expect(exitCode).toBe(4);
  expect(stderr).toContain('it has no file fleet.yaml. coreos-provision init DIRECTORY makes one.');
  expect(readdirSync(directory)).toEqual([]);
});

test('a fleet that cannot be reached is not said to be none', async () => {
  symlinkSync('fleet.yaml', join(directory, 'fleet.yaml'));
  const { exitCode, stderr } = await inDirectory('check', '.');
  expect(exitCode).toBe(4);
  expect(stderr).toContain('its file fleet.yaml cannot be reached (ELOOP). Run this as root');
});

test('import matchbox', async () => {
  using fleet = makeFleet();
  fleet.put('groups/n1.json', '{"id":"n1","profile":"w","selector":{"mac":"525400000001"}}');
  fleet.put('profiles/w.json', '{"id":"w","ignition_id":"w.bu"}');
  fleet.put('ignition/w.bu', 'variant: fcos\nversion: 1.5.0\n');
  const imported = await inDirectory('import', 'matchbox', fleet.path, 'new');
  expect(imported).toMatchObject({ exitCode: 0, stderr: '' });
  expect(imported.stdout).toBe('new: 1 machines. Next: coreos-provision check new');
  const { stderr } = await inDirectory('check', 'new');
  expect(stderr.match(/it must be sha256: and 64 hex digits/g)).toHaveLength(3);

  fleet.put('groups/n2.json', '{');
  const refused = await inDirectory('import', 'matchbox', fleet.path, 'other');
  expect(refused.exitCode).toBe(4);
  expect(refused.stderr).toMatch(/^groups\/n2\.json: error: /);
  expect(statSync(join(directory, 'other'), { throwIfNoEntry: false })).toBeUndefined();
});

test('check cannot mask a secret that is no text, and says so', async () => {
  using fleet = makeFleet();
  fleet.put('butane/worker.bu', workerTemplate.replace('0644', `\${secret.mode}`));
  fleet.put('secrets/a.yaml', 'mode: "0600"\n');
  const masked = await inDirectory('check', fleet.path, '--machine', 'n1');
  expect(masked.stderr).toContain('a secret is where *** is not possible');
  const open = await inDirectory('check', fleet.path, '--machine', 'n1', '--show-secrets');
  expect(open.stdout).toContain('"mode": 384');
});
