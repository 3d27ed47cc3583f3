import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readParameterFiles, writeParameterFile } from '../../../src/parameters/parameter-files.ts';
import { failure } from '../../support/failure.ts';
import { lacksRoot } from '../../support/needs.ts';
import { partialIo } from '../../support/partial-io.ts';

const notRoot = lacksRoot();

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'parameters-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (name: string) => join(directory, name);
const put = (name: string, content: string | Uint8Array) => writeFileSync(path(name), content);
const read = () => readParameterFiles(directory);

describe('reading', () => {
  test('no files: nothing is known', async () => {
    const known = Object.entries(await read()).filter(([, value]) => value !== undefined);
    expect(known).toEqual([['directory', directory]]);
  });

  test('every file has its parameter', async () => {
    put('selected_dev', 'vda\n');
    put('ignition_url', 'skip');
    put('image_url', 'http://a/b\n');
    put('platform_id', 'qemu\n');
    put('skip_reboot', '1\n');
    put('skip_media_check', '');
    put('additional_opts', 'coreos.no_persist_ip=1\n');
    put('networking_opts', 'ip=dhcp\n');
    put('ignored_args', 'coreos.inst.a\ncoreos.inst.b=1\n');
    expect(await read()).toEqual({
      directory,
      device: 'vda',
      ignitionUrl: 'skip',
      imageUrl: 'http://a/b',
      platformId: 'qemu',
      skipReboot: true,
      skipMediaCheck: true,
      additionalOptions: 'coreos.no_persist_ip=1',
      networkingOptions: 'ip=dhcp',
      ignoredArguments: 'coreos.inst.a coreos.inst.b=1',
    });
  });

  test.each([
    ['vda', 'vda'],
    [' vda \r\n', 'vda'],
    ['\uFEFFvda\n', 'vda'],
    ['\n\nvda\nsecond line\n', 'vda'],
    ['', undefined],
    [' \n', undefined],
  ])('the value of %j is %j', async (content, value) => {
    put('selected_dev', content);
    expect((await read()).device).toBe(value);
  });

  test('arguments may stand on several lines, and none is a statement too', async () => {
    put('networking_opts', 'ip=dhcp\r\nnameserver=192.0.2.1\n');
    put('additional_opts', '\n');
    expect(await read()).toMatchObject({
      networkingOptions: 'ip=dhcp nameserver=192.0.2.1',
      additionalOptions: '',
    });
  });

  test.each([
    ['0\n', false],
    ['no', false],
    ['off', false],
    ['yes', true],
    ['on', true],
  ])('a flag of %j is %s', async (content, value) => {
    put('skip_reboot', content);
    expect((await read()).skipReboot).toBe(value);
  });
});

describe('a file is refused, by name, when', () => {
  const refused = (why: string, name = 'selected_dev') =>
    expect(read()).rejects.toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: expect.stringMatching(new RegExp(`${path(name)}: ${why}`)),
      }),
    );

  test('it is a symbolic link', async () => {
    put('elsewhere', 'vda');
    symlinkSync(path('elsewhere'), path('selected_dev'));
    await refused('it is a symbolic link');
  });

  test('it is a fifo, without waiting for a writer', async () => {
    execFileSync('mkfifo', [path('selected_dev')]);
    await refused('it is not a regular file');
  });

  test('it is a directory', async () => {
    mkdirSync(path('selected_dev'));
    await refused('it is a directory');
  });

  test.skipIf(notRoot)('it belongs to somebody else', async () => {
    put('selected_dev', 'vda');
    chownSync(path('selected_dev'), 4242, 0);
    await refused('it belongs to user 4242');
  });

  test('only root can read it: the program needs root', async () => {
    put('selected_dev', 'vda');
    chmodSync(path('selected_dev'), 0);
    chmodSync(directory, 0o755);
    if (!notRoot) process.seteuid?.(65_534);
    try {
      await expect(read()).rejects.toThrow(failure('not-root'));
    } finally {
      if (!notRoot) process.seteuid?.(0);
    }
  });

  test('it is a hard link: somebody else chose which file', async () => {
    put('elsewhere', 'vda');
    linkSync(path('elsewhere'), path('selected_dev'));
    await refused('it has another name, too');
  });

  test.skipIf(notRoot).each([
    [0o666, 0],
    [0o602, 0],
    [0o660, 4242],
  ])('others can write to it: mode %o, group %i', async (mode, group) => {
    put('selected_dev', 'vda');
    chownSync(path('selected_dev'), 0, group);
    chmodSync(path('selected_dev'), mode);
    await refused('users other than root can write to it');
  });

  test.skipIf(notRoot)(
    'not for being readable by all, or writable by the group of root',
    async () => {
      put('selected_dev', 'vda');
      chmodSync(path('selected_dev'), 0o664);
      expect((await read()).device).toBe('vda');
    },
  );

  test('it is larger than 8 KiB, in whatever parts it comes', async () => {
    put('selected_dev', 'a'.repeat(8192));
    expect((await read()).device).toBe('a'.repeat(8192));
    put('selected_dev', 'a'.repeat(8193));
    await refused('it is larger than 8 KiB');
    using parts = partialIo(() => 1000);
    await refused('it is larger than 8 KiB');
    put('selected_dev', 'a'.repeat(8192));
    expect((await read()).device).toBe('a'.repeat(8192));
    expect(parts.shortened).toBeGreaterThan(10);
  });

  test('it contains control characters', async () => {
    put('selected_dev', 'vd\0a');
    await refused('it contains control characters');
  });

  test.each(['', '\n', ' \n\n'])(
    'it should say what is saved, and says nothing: %j',
    async (text) => {
      put('image_url', text);
      expect((await read()).imageUrl).toBeUndefined();
      for (const name of ['save_partlabel', 'save_partindex']) {
        put(name, text);
        await refused('it is empty, and no partition would be saved', name);
        rmSync(path(name));
      }
    },
  );

  test('it is a list, and a line of it would run into the next one', async () => {
    put('append_karg', 'a="b\nc\n');
    await refused('a double quote in it is not closed', 'append_karg');
  });

  test('it is not UTF-8', async () => {
    put('selected_dev', Uint8Array.of(0xff, 0xfe, 0x76, 0x00));
    await refused('it is not UTF-8 text');
  });

  test('it is a flag, and neither on nor off', async () => {
    put('skip_reboot', 'maybe');
    await expect(read()).rejects.toThrow(failure('parameter-file-invalid'));
  });
});

describe('writing', () => {
  test('replaces the file as a whole, for its owner only, and leaves nothing beside it', async () => {
    put('selected_dev', 'a much longer value than the new one\n');
    await writeParameterFile('device', '/dev/vdb', directory);
    expect(readFileSync(path('selected_dev'), 'utf8')).toBe('/dev/vdb\n');
    expect(statSync(path('selected_dev')).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['selected_dev']);
  });

  test('does not follow or replace a symbolic link', async () => {
    put('victim', 'untouched');
    symlinkSync(path('victim'), path('selected_dev'));
    await expect(writeParameterFile('device', 'vda', directory)).rejects.toThrow(
      failure('parameter-file-untrusted'),
    );
    expect(readFileSync(path('victim'), 'utf8')).toBe('untouched');
  });

  test('says where it could not write', async () => {
    await expect(writeParameterFile('device', 'vda', path('absent'))).rejects.toThrow(
      failure('parameter-file-unwritable'),
    );
  });
});
