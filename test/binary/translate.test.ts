import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { program } from './program.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coreos-installer-translate-'));
  await symlink(program, join(directory, 'fcct'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const yaml = `variant: fcos
version: 1.0.0
passwd:
  users:
    - name: core
      ssh_authorized_keys:
        - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIHoc5THMtMmb0eakh0G5xDmOG/83wGX71RkHN/2Dr33
`;
const compact =
  '{"ignition":{"config":{"replace":{"source":null,"verification":{}}},"security":{"tls":{}},"timeouts":{},"version":"3.0.0"},"passwd":{"users":[{"name":"core","sshAuthorizedKeys":["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIHoc5THMtMmb0eakh0G5xDmOG/83wGX71RkHN/2Dr33"]}]},"storage":{},"systemd":{}}';
const pretty = JSON.stringify(JSON.parse(compact), null, 2);

const inDirectory = (name: string) => join(directory, name);
const read = (name: string) => readFile(inDirectory(name), 'utf8');

async function run(args: readonly string[], input = '', name = './fcct') {
  const options = { cwd: directory, input, reject: false, stripFinalNewline: false } as const;
  const { stdout, stderr, exitCode } = await execa(name, args, options);
  return { stdout, stderr, exitCode };
}

describe('a link called fcct', () => {
  test('does what the guide has its readers type', async () => {
    await writeFile(inDirectory('simple.yaml'), yaml);
    const quiet = { stdout: '', stderr: '', exitCode: 0 };
    expect(await run(['--input', 'simple.yaml', '--pretty', '--output', 'simple.json'])).toEqual(
      quiet,
    );
    expect(await read('simple.json')).toBe(pretty);
    expect(await run(['-input=simple.yaml', '-strict', '-output', 'simple.json'])).toEqual(quiet);
    expect(await read('simple.json')).toBe(compact);
    expect((await run(['--version'])).stdout).toMatch(/^Fedora CoreOS Config Transpiler/);
    expect((await run(['--help'])).stdout).toContain('Usage: fcct');
  });

  test('reads standard input and writes standard output', async () => {
    expect(await run([], yaml)).toEqual({ stdout: compact, stderr: '', exitCode: 0 });
    expect((await run(['-'], yaml.replace('1.0.0', '1.1.0'))).stdout).toMatch(/\}\n$/);
  });

  test('works as a copy, as butane, and as a command of the program', async () => {
    await copyFile(program, inDirectory('butane'));
    expect((await run(['-s'], yaml, './butane')).stdout).toBe(compact);
    expect((await run(['translate'], yaml, program)).stdout).toBe(compact);
  });

  test('tells what is wrong on standard error, and leaves the old output', async () => {
    await writeFile(inDirectory('out.json'), 'old');
    const wrong = yaml.replace('name: core', 'nam: core');
    const result = await run(['-o', 'out.json'], wrong);
    expect(result).toMatchObject({ stdout: '', exitCode: 4 });
    expect(result.stderr).toBe(
      'standard input:5:7: warning: there is no such key; the nearest is name (passwd.users[0].nam) [config-suspicious]\n' +
        'standard input:5:7: error: name is missing (passwd.users[0]) [config-invalid]\n',
    );
    expect(await read('out.json')).toBe('old');
  });

  test('goes on after a warning, but not with --strict', async () => {
    const odd = `${yaml}unknown: x\n`;
    expect(await run([], odd)).toMatchObject({ stdout: compact, exitCode: 0 });
    expect(await run(['-strict'], odd)).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/^standard input:8:1: warning: there is no such key/),
      exitCode: 4,
    });
  });

  test('only checks with --check', async () => {
    await writeFile(inDirectory('kept.json'), 'old');
    for (const check of ['-c', '--check', '-check'])
      expect(await run([check, '-o', 'kept.json'], yaml)).toEqual({
        ...{ stdout: '', stderr: '', exitCode: 0 },
      });
    expect(await read('kept.json')).toBe('old');
    await rm(inDirectory('kept.json'));
    const wrong = yaml.replace('name: core', 'nam: core');
    expect(await run(['--check'], wrong)).toMatchObject({ stdout: '', exitCode: 4 });
  });

  test('goes on where only some releases of Ignition mind, but not with --strict', async () => {
    const partitions = '[{number: 5, should_exist: false}, {label: data}]';
    const disks = `${yaml}storage: {disks: [{device: /dev/vdb, partitions: ${partitions}}]}\n`;
    const { stderr, exitCode } = await run([], disks);
    expect(stderr).toMatch(
      / error: before Ignition 2\.27.* \(some releases of Ignition may accept it\).* \[config-doubtful\]/,
    );
    expect(exitCode).toBe(0);
    expect((await run(['--strict'], disks)).exitCode).toBe(4);
  });

  test('has the result checked, and told of the YAML', async () => {
    const file = `${yaml}storage:\n  files:\n    - path: relative\n`;
    const { stderr, exitCode } = await run([], file);
    expect(stderr).toMatch(
      /^standard input:10:13: error: .*\(storage\.files\[0\]\.path\) \[config-invalid\]\n$/,
    );
    expect(exitCode).toBe(4);
  });

  test('replaces its output whole, for the owner alone unless it was otherwise', async () => {
    await run(['-output', 'new.json'], yaml);
    expect((await stat(inDirectory('new.json'))).mode & 0o777).toBe(0o600);
    await writeFile(inDirectory('old.json'), 'x'.repeat(5000));
    await chmod(inDirectory('old.json'), 0o644);
    await run(['-output', 'old.json'], yaml);
    expect(await read('old.json')).toBe(compact);
    expect((await stat(inDirectory('old.json'))).mode & 0o777).toBe(0o644);
    expect((await readdir(directory)).toSorted()).toEqual(['fcct', 'new.json', 'old.json']);
    expect(await run(['-output', '/dev/stdout'], yaml)).toMatchObject({ stdout: compact });
  });

  test('takes local files only with --files-dir', async () => {
    await writeFile(inDirectory('motd'), 'hello');
    const local = `variant: fcos\nversion: 1.1.0\nstorage:\n  files: [{path: /etc/motd, contents: {local: motd}}]\n`;
    expect((await run([], local)).exitCode).toBe(4);
    expect((await run(['-d', '.'], local)).stdout).toContain('data:,hello');
  });

  test('is installed beside the program, unless another one is there', async () => {
    const bin = inDirectory('usr/bin');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'butane'), 'another');
    const root = join(import.meta.dirname, '../..');
    await execa('make', ['-s', '-C', root, 'install', `DESTDIR=${directory}`]);
    expect((await run([], yaml, join(bin, 'fcct'))).stdout).toBe(compact);
    expect(await readFile(join(bin, 'butane'), 'utf8')).toBe('another');
  });

  test('says what is wrong with the command line, the input and the output', async () => {
    expect(await run(['--inptu', 'x'])).toMatchObject({ exitCode: 2 });
    expect(await run(['a', 'b'])).toMatchObject({ exitCode: 2 });
    expect(await run(['none.yaml'])).toMatchObject({
      stderr: expect.stringMatching(/^Cannot read none\.yaml: /),
      exitCode: 4,
    });
    expect(await run(['-o', 'none/x.json'], yaml)).toMatchObject({
      stderr: expect.stringMatching(/^Cannot write none\/x\.json: /),
      exitCode: 5,
    });
  });
});

test('a command line that it cannot understand is no matter of disks', async () => {
  const told = async (file: string, ...args: string[]) =>
    (await execa(file, args, { reject: false })).stderr;
  const fcct = await told(join(directory, 'fcct'), '--outptu', 'x');
  expect(fcct).toMatch(
    /^Cannot understand the command line: unknown option '--outptu'.*--help\. \[invalid-command-line\]$/,
  );
  expect(await told(program, 'ignition', 'validate')).not.toContain('disk');
  expect(await told(program, '--devcie', 'x')).toMatch(
    /\nNothing was written to any disk\. \[invalid-command-line\]$/,
  );
});
