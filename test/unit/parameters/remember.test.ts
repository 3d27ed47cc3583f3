import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import { readParameterFiles } from '../../../src/parameters/parameter-files.ts';
import type { ParameterOptions } from '../../../src/parameters/parameters.ts';
import { forgetDevice, rememberParameters } from '../../../src/parameters/remember.ts';
import { resolveParameters } from '../../../src/parameters/resolve.ts';
import { askedAgain } from '../../../src/ui/dialogue/open-asker.ts';
import { limitedTmpfs } from '../../support/limited-tmpfs.ts';
import { lacksRoot } from '../../support/needs.ts';

const id = '6f1c0a52-3d0e-5b0e-9c58-0d5c6a2f7e11';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'remember-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function remembered(options: ParameterOptions, kernel = ''): Promise<Record<string, string>> {
  const parameters = resolveParameters({
    options: { device: 'vda', imageUrl: 'http://a/b', ...options },
    files: { directory },
    kernel: parseKernelArguments(kernel),
    fileExists: () => true,
  });
  expect((await rememberParameters(parameters, { directory })).note).toBeUndefined();
  const names = readdirSync(directory);
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
  );
}

describe.skipIf(lacksRoot())('what is kept for a second run', () => {
  test('are values and flags, by options and by kernel arguments', async () => {
    expect(
      await remembered({ ignitionUrl: 'skip', verify: true }, 'coreos.inst.require_signature'),
    ).toEqual({
      selected_dev: expect.stringMatching(/^\/dev\/vda\n# kept by .*\n$/),
      ignition_url: 'skip\n',
      image_url: 'http://a/b\n',
      verify: '1\n',
      require_signature: '1\n',
    });
  });

  test.each([
    ['--insecure', { insecure: true }, ''],
    ['the kernel argument for it', {}, 'coreos.inst.skip_media_check'],
    ['--check-ignition warn', { checkIgnition: 'warn' }, ''],
    ['--check-ignition off', {}, 'coreos.inst.check_ignition=off'],
  ])('is not what makes a run less careful: %s', async (_, options, kernel) => {
    expect(Object.keys(await remembered(options, kernel)).sort()).toEqual([
      'image_url',
      'selected_dev',
    ]);
  });

  test.each<[string, ParameterOptions, string, string[]]>([
    ['an option', { installId: id }, '', []],
    ['a kernel argument', {}, `coreos.inst.install_id=${id}`, ['install_id']],
  ])('or is not the id of the installation, by %s', async (_, options, kernel, names) => {
    expect(Object.keys(await remembered(options, kernel)).sort()).toEqual(
      ['image_url', 'selected_dev', ...names].sort(),
    );
  });

  test('are the partitions to save of an option, not those of kernel arguments, which are added again', async () => {
    const kernel = 'coreos.inst.save_partlabel=logs coreos.inst.save_partindex=7';
    expect(await remembered({ savePartlabel: 'data' }, kernel)).toEqual({
      selected_dev: expect.any(String),
      image_url: 'http://a/b\n',
      save_partlabel: 'data\n',
    });
  });

  test('is not what the next run is to ask for again', async () => {
    const parameters = resolveParameters({
      options: { device: 'vda', imageUrl: 'http://a/b' },
      files: { directory },
      kernel: [],
      fileExists: () => true,
    });
    await rememberParameters(parameters, { directory, except: 'device' });
    expect(readdirSync(directory)).toEqual(['image_url']);
  });

  test('the next run asks for the disk, or the image where something else gives a disk', () => {
    const options = { device: 'vdb', imageUrl: 'http://a/b' };
    const sources = { options, files: { directory }, kernel: [] };
    const kernel = parseKernelArguments('coreos.inst.install_dev=vda');
    expect(askedAgain(sources)).toBe('device');
    expect(askedAgain({ ...sources, kernel })).toBe('imageUrl');
    expect(askedAgain({ ...sources, files: { directory, device: '/dev/vda' } })).toBe('imageUrl');
  });

  test('is no device where not all of it has room', async () => {
    await using full = await limitedTmpfs(4096);
    // Of an earlier run: whichever of the files finds room.
    writeFileSync(join(full.path, 'selected_dev'), '/dev/vdb\n');
    const parameters = resolveParameters({
      options: { device: 'vda', imageUrl: 'http://a/b', savePartlabel: 'data' },
      files: { directory: full.path },
      kernel: [],
      fileExists: () => true,
    });
    const { kept, note } = await rememberParameters(parameters, { directory: full.path });
    expect([...kept]).toEqual([]);
    expect(note).toContain('(ENOSPC): the next run needs the options again.');
    expect(readdirSync(full.path)).not.toContain('selected_dev');
  });

  test('is the device until an installation has succeeded, and all else also afterwards', async () => {
    await remembered({ ignitionUrl: 'skip' });
    expect((await readParameterFiles(directory)).device).toBe('/dev/vda');
    expect(await forgetDevice(directory)).toBeUndefined();
    expect(readdirSync(directory).sort()).toEqual(['ignition_url', 'image_url']);
    expect(await forgetDevice(directory)).toBeUndefined();
  });

  test('is a device that a person has written, also in place of the one that was kept', async () => {
    await remembered({});
    writeFileSync(join(directory, 'selected_dev'), '/dev/vda\n');
    expect(await forgetDevice(directory)).toBeUndefined();
    expect(readFileSync(join(directory, 'selected_dev'), 'utf8')).toBe('/dev/vda\n');
  });

  test('is --check-ignition error', async () => {
    expect(await remembered({ checkIgnition: 'error' })).toMatchObject({
      check_ignition: 'error\n',
    });
  });
});
