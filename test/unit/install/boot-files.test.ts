import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootFiles } from '../../../src/install/boot-files.ts';

let directory = '';
let root = '';
let outside = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'boot-files-'));
  root = join(directory, 'boot');
  outside = join(directory, 'outside');
  await mkdir(root);
  await mkdir(outside);
});

afterEach(() => rm(directory, { recursive: true }));

const modeOf = async (path: string) => (await lstat(path)).mode & 0o777;
const config = Buffer.from('{"ignition":{"version":"3.0.0"}}\n');

describe('the Ignition config', () => {
  test('is written byte for byte, for root alone', async () => {
    await bootFiles(root).writeConfig(config);
    expect(await readFile(join(root, 'ignition/config.ign'))).toEqual(config);
    expect(await modeOf(join(root, 'ignition'))).toBe(0o700);
    expect(await modeOf(join(root, 'ignition/config.ign'))).toBe(0o600);
    expect(await readdir(join(root, 'ignition'))).toEqual(['config.ign']);
  });

  test('replaces one that came with the image, and closes its directory', async () => {
    await mkdir(join(root, 'ignition'), { mode: 0o755 });
    await writeFile(join(root, 'ignition/config.ign'), 'old', { mode: 0o644 });
    await bootFiles(root).writeConfig(config);
    expect(await readFile(join(root, 'ignition/config.ign'))).toEqual(config);
    expect(await modeOf(join(root, 'ignition'))).toBe(0o700);
    expect(await modeOf(join(root, 'ignition/config.ign'))).toBe(0o600);
  });

  test('is never written through links that the image holds', async () => {
    await symlink(outside, join(root, 'ignition'));
    await bootFiles(root).writeConfig(config);
    expect(await readdir(outside)).toEqual([]);
    expect(await readFile(join(root, 'ignition/config.ign'))).toEqual(config);

    const victim = join(outside, 'victim');
    await writeFile(victim, 'precious');
    await rm(join(root, 'ignition/config.ign'));
    await symlink(victim, join(root, 'ignition/config.ign'));
    await bootFiles(root).writeConfig(config);
    expect(await readFile(victim, 'utf8')).toBe('precious');
  });

  test('that came with the image is removed when the user gives none', async () => {
    await bootFiles(root).removeConfig();
    await bootFiles(root).writeConfig(config);
    await bootFiles(root).removeConfig();
    expect(await readdir(join(root, 'ignition'))).toEqual([]);
  });
});

describe('the stamp', () => {
  test('replaces an older one, a directory, or a link', async () => {
    const stamp = join(root, 'ignition.firstboot');
    await writeFile(stamp, 'set ignition_network_kcmdline="old"\n');
    await bootFiles(root).writeStamp('');
    expect(await readFile(stamp, 'utf8')).toBe('');

    await rm(stamp);
    await symlink(join(outside, 'stamp'), stamp);
    await bootFiles(root).writeStamp('new\n');
    expect(await readFile(stamp, 'utf8')).toBe('new\n');
    expect(await readdir(outside)).toEqual([]);
  });
});

describe('the platform', () => {
  test('goes into every entry, through the loader link of Fedora CoreOS', async () => {
    await mkdir(join(root, 'loader.1/entries'), { recursive: true });
    await symlink('loader.1', join(root, 'loader'));
    const entries = join(root, 'loader/entries');
    await writeFile(join(entries, 'a.conf'), 'title a\noptions ro ignition.platform.id=metal\n');
    await writeFile(join(entries, 'b.conf'), 'title b\noptions ro\n');
    await writeFile(join(entries, 'notes.txt'), 'options ro\n');
    await bootFiles(root).setPlatform('qemu');
    expect(await readFile(join(entries, 'a.conf'), 'utf8')).toBe(
      'title a\noptions ro ignition.platform.id=qemu\n',
    );
    expect(await readFile(join(entries, 'b.conf'), 'utf8')).toBe(
      'title b\noptions ro ignition.platform.id=qemu\n',
    );
    expect(await readFile(join(entries, 'notes.txt'), 'utf8')).toBe('options ro\n');
  });

  test('an image without entries, or with entries elsewhere, is refused', async () => {
    await expect(bootFiles(root).setPlatform('qemu')).rejects.toThrow('has no loader/entries');
    await mkdir(join(outside, 'entries'));
    await writeFile(join(outside, 'entries/host.conf'), 'options ro\n');
    await symlink(outside, join(root, 'loader'));
    await expect(bootFiles(root).setPlatform('qemu')).rejects.toThrow('has no loader/entries');
    expect(await readFile(join(outside, 'entries/host.conf'), 'utf8')).toBe('options ro\n');
  });
});

describe('the first difference', () => {
  const entry = 'loader/entries/ostree-1.conf';
  const wanted = { config, stamp: 'set x="1"\n', platformId: 'qemu' };

  beforeEach(async () => {
    await mkdir(join(root, 'loader/entries'), { recursive: true });
    await writeFile(join(root, entry), 'options a b\n');
    const files = bootFiles(root);
    await files.writeConfig(config);
    await files.writeStamp(wanted.stamp);
    await files.setPlatform(wanted.platformId);
  });

  test('is none when all is as it was written', async () => {
    expect(await bootFiles(root).firstDifference(wanted)).toBeUndefined();
    await bootFiles(root).removeConfig();
    const without = { ...wanted, config: undefined };
    expect(await bootFiles(root).firstDifference(without)).toBeUndefined();
    expect(await bootFiles(root).firstDifference(wanted)).toBe('ignition/config.ign');
  });

  test.each(['ignition/config.ign', 'ignition.firstboot', entry])('is %s', async (name) => {
    await writeFile(join(root, name), 'options a b\n');
    expect(await bootFiles(root).firstDifference(wanted)).toBe(name);
    await rm(join(root, name));
    if (name !== entry) expect(await bootFiles(root).firstDifference(wanted)).toBe(name);
  });
});
