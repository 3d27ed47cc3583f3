import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simple } from '../qemu/support/guide.ts';
import { program } from './program.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ignition-validate-'));
  await write('simple.json', JSON.stringify(simple, null, 2));
  const files = [{ path: 'etc/motd', contens: {} }];
  const wrong = { ignition: { version: '3.0.0' }, storage: { files }, passwd: simple.passwd };
  await write('wrong.json', JSON.stringify(wrong, null, 2));
  await write('odd.json', '{"ignition": {"version": "3.0.0"}}');
  await write('simple.yaml', 'variant: fcos\nversion: 1.0.0\n');
});
afterAll(() => rm(directory, { recursive: true }));

const write = (name: string, text: string) => writeFile(join(directory, name), text);

const validate = async (args: readonly string[], input = '') => {
  const options = { cwd: directory, reject: false, input } as const;
  const { stdout, stderr, exitCode } = await execa(
    program,
    ['ignition', 'validate', ...args],
    options,
  );
  return { stdout, stderr, exitCode };
};

describe('coreos-installer ignition validate', () => {
  it('passes what is valid', async () => {
    expect(await validate(['simple.json'])).toEqual({
      stdout: 'simple.json: a valid Ignition 3.0.0 config',
      stderr: '',
      exitCode: 0,
    });
  });

  it('tells place and path of each finding', async () => {
    const { stdout, exitCode } = await validate(['simple.json', 'wrong.json', 'simple.yaml']);
    expect(stdout.split('\n')).toEqual([
      'simple.json: a valid Ignition 3.0.0 config',
      'wrong.json:8:17: error: the path must begin with / (storage.files[0].path) [config-invalid]',
      'wrong.json:9:9: warning: there is no such field; the nearest is contents (storage.files[0].contens) [config-suspicious]',
      expect.stringMatching(/^simple\.yaml:1:1: error: it is YAML\. .* \[config-unrecognized\]$/),
    ]);
    expect(exitCode).toBe(4);
  });

  it('fails on warnings only when it should', async () => {
    expect((await validate(['odd.json'])).exitCode).toBe(0);
    const { stdout, exitCode } = await validate(['--strict', 'odd.json']);
    expect(stdout).toMatch(
      /^odd\.json:1:1: warning: nobody will be able to log in.* \[config-suspicious\]$/m,
    );
    expect(exitCode).toBe(4);
  });

  it('reads standard input', async () => {
    expect((await validate(['-'], JSON.stringify(simple))).exitCode).toBe(0);
    const { stdout, exitCode } = await validate(['-'], '{"a": 1,}');
    expect(stdout).toMatch(
      /^standard input:1:9: error: it is not valid JSON: .* \[config-syntax-invalid\]$/,
    );
    expect(exitCode).toBe(4);
  });

  it('goes on behind a file that is not there', async () => {
    const { stdout, stderr, exitCode } = await validate(['no-such-file', 'simple.json']);
    expect(stderr).toMatch(/^Cannot read no-such-file: /);
    expect(stdout).toBe('simple.json: a valid Ignition 3.0.0 config');
    expect(exitCode).toBe(4);
  });

  it('wants a file', async () => {
    expect((await validate([])).exitCode).toBe(2);
  });
});
