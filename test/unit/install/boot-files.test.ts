import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LeftOnBoot } from '../../../src/install/boot-directory.ts';
import { bootFiles } from '../../../src/install/boot-files.ts';
import { partialIo } from '../../support/partial-io.ts';

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
const qemu = { platformId: 'qemu', consoles: [], append: [], remove: [] };
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

  test('is written whatever the image has in its way', async () => {
    await mkdir(join(root, 'ignition/config.ign.coreos-installer/x'), { recursive: true });
    await mkdir(join(root, 'ignition/config.ign/x'), { recursive: true });
    await bootFiles(root).writeConfig(config);
    expect(await readdir(join(root, 'ignition'))).toEqual(['config.ign']);
    expect(await readFile(join(root, 'ignition/config.ign'))).toEqual(config);
  });

  test('that came with the image is removed when the user gives none', async () => {
    await bootFiles(root).removeConfig();
    await bootFiles(root).writeConfig(config);
    await bootFiles(root).removeConfig();
    expect(await readdir(join(root, 'ignition'))).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['in a directory behind a link', () => symlink('elsewhere', join(root, 'ignition'))],
    ['in a directory outside', () => symlink(outside, join(root, 'ignition'))],
    ['in a directory behind a link to nothing', () => symlink('nothing', join(root, 'ignition'))],
    [
      'as a link',
      async () => {
        await mkdir(join(root, 'ignition'));
        await symlink('../elsewhere/config.ign', join(root, 'ignition/config.ign'));
      },
    ],
    ['as a directory', () => mkdir(join(root, 'ignition/config.ign'), { recursive: true })],
  ])('of the image is removed %s, and nothing else', async (_, plant) => {
    await mkdir(join(root, 'elsewhere'));
    for (const place of [outside, join(root, 'elsewhere')])
      await writeFile(join(place, 'config.ign'), 'the image’s');
    await plant();
    const files = bootFiles(root);
    await files.removeConfig();
    await expect(readFile(join(root, 'ignition/config.ign'))).rejects.toThrow('ENOENT');
    expect(await files.firstDifference()).toBeUndefined();
    if (_ !== 'as a link') {
      await plant();
      expect(await files.firstDifference()).toMatch(/^ignition/);
      await files.removeConfig();
    }
    for (const place of [outside, join(root, 'elsewhere')])
      expect(await readdir(place)).toEqual(['config.ign']);
  });
});

describe('keyfiles of the network', () => {
  const keyfiles = [
    { name: 'a.nmconnection', bytes: Buffer.from('[connection]\nid=a\n'), mode: 0o600 },
    { name: 'b.nmconnection', bytes: Buffer.from('[connection]\nid=b\n'), mode: 0o644 },
  ];
  const network = () => join(root, 'coreos-firstboot-network');

  test('are written with their modes, in a directory for root alone', async () => {
    await bootFiles(root).writeNetwork(keyfiles);
    expect(await modeOf(network())).toBe(0o700);
    for (const { name, bytes, mode } of keyfiles) {
      expect(await readFile(join(network(), name))).toEqual(bytes);
      expect(await modeOf(join(network(), name))).toBe(mode);
    }
    expect(await readdir(network())).toEqual(['a.nmconnection', 'b.nmconnection']);
  });

  test('are never written through links that the image has', async () => {
    await symlink(outside, network());
    await bootFiles(root).writeNetwork(keyfiles);
    expect(await readdir(outside)).toEqual([]);
    await rm(join(network(), 'a.nmconnection'));
    await symlink(join(outside, 'victim'), join(network(), 'a.nmconnection'));
    await bootFiles(root).writeNetwork(keyfiles);
    expect(await readdir(outside)).toEqual([]);
    expect(await readFile(join(network(), 'a.nmconnection'))).toEqual(keyfiles[0]?.bytes);
  });

  test('without any, the partition is left as it is', async () => {
    await bootFiles(root).writeNetwork([]);
    expect(await readdir(root)).toEqual([]);
  });

  test('that the image brought are removed, also where there are no others', async () => {
    const bring = async () => {
      await mkdir(network(), { recursive: true });
      await writeFile(join(network(), 'old.nmconnection'), '[connection]\nid=old\n');
    };
    await bring();
    await bootFiles(root).writeNetwork(keyfiles);
    expect(await readdir(network())).toEqual(['a.nmconnection', 'b.nmconnection']);
    const files = bootFiles(root);
    await files.writeNetwork([]);
    expect(await readdir(root)).toEqual([]);
    await bring();
    expect(await files.firstDifference()).toBe('coreos-firstboot-network');
  });

  test('are read back: one that has changed, or is gone', async () => {
    const left: LeftOnBoot = new Map();
    const files = bootFiles(root, left);
    await files.writeNetwork(keyfiles);
    expect(await files.firstDifference()).toBeUndefined();
    await writeFile(join(network(), 'b.nmconnection'), '[connection]\nid=c\n');
    expect(await files.firstDifference()).toBe('coreos-firstboot-network/b.nmconnection');
    await rm(join(network(), 'a.nmconnection'));
    expect(await files.firstDifference()).toBe('coreos-firstboot-network/a.nmconnection');
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
    await bootFiles(root).setStart(qemu);
    expect(await readFile(join(entries, 'a.conf'), 'utf8')).toBe(
      'title a\noptions ro ignition.platform.id=qemu\n',
    );
    expect(await readFile(join(entries, 'b.conf'), 'utf8')).toBe(
      'title b\noptions ro ignition.platform.id=qemu\n',
    );
    expect(await readFile(join(entries, 'notes.txt'), 'utf8')).toBe('options ro\n');
  });

  test('an image without entries, or with entries elsewhere, is refused', async () => {
    await expect(bootFiles(root).setStart(qemu)).rejects.toThrow('has no loader/entries');
    await mkdir(join(outside, 'entries'));
    await writeFile(join(outside, 'entries/host.conf'), 'options ro\n');
    await symlink(outside, join(root, 'loader'));
    await expect(bootFiles(root).setStart(qemu)).rejects.toThrow('has no loader/entries');
    expect(await readFile(join(outside, 'entries/host.conf'), 'utf8')).toBe('options ro\n');
  });
});

describe('an entry of the boot loader', () => {
  beforeEach(async () => {
    await mkdir(join(root, 'loader/entries'), { recursive: true });
    await writeFile(join(root, 'loader/entries/a.conf'), 'options ro\n');
  });

  test('that is too large is refused, and not read', async () => {
    const path = join(root, 'loader/entries/b.conf');
    await writeFile(path, 'options ro\n');
    await truncate(path, 16 * 1024 ** 3);
    await expect(bootFiles(root).setStart(qemu)).rejects.toThrow(
      'b.conf in loader/entries: it is larger than 64 KiB. Install without -p',
    );
  });

  test('comes whole from a file system that reads it in parts', async () => {
    const options = `options ro ${'x'.repeat(3000)} ignition.platform.id=metal\n`;
    await writeFile(join(root, 'loader/entries/a.conf'), options);
    {
      using parts = partialIo(() => 700);
      await bootFiles(root).setStart(qemu);
      expect(parts.shortened).toBeGreaterThan(3);
    }
    expect(await readFile(join(root, 'loader/entries/a.conf'), 'utf8')).toBe(
      options.replace('metal', 'qemu'),
    );
  });

  test('has at most 64 KiB', async () => {
    const path = join(root, 'loader/entries/a.conf');
    const content = 'options ro\n#'.padEnd(65_536, 'x');
    await writeFile(path, content);
    await bootFiles(root).setStart(qemu);
    expect(await readFile(path, 'utf8')).toContain('ignition.platform.id=qemu');
    await writeFile(path, `${content}x`);
    await expect(bootFiles(root).setStart(qemu)).rejects.toThrow('larger than 64 KiB');
  });

  test('that is a fifo or a link is left alone, and not waited for', async () => {
    const victim = join(outside, 'victim.conf');
    await writeFile(victim, 'options ro\n');
    await symlink(victim, join(root, 'loader/entries/b.conf'));
    await execa('mkfifo', [join(root, 'loader/entries/c.conf')]);
    await bootFiles(root).setStart(qemu);
    expect(await readFile(victim, 'utf8')).toBe('options ro\n');
  });

  test('is one of at most a hundred', async () => {
    for (let index = 0; index < 100; index++)
      await writeFile(join(root, `loader/entries/${index}.conf`), 'options ro\n');
    await expect(bootFiles(root).setStart(qemu)).rejects.toThrow('more than 100 entries');
  });
});

describe('the first difference', () => {
  const entry = 'loader/entries/ostree-1.conf';
  let left: LeftOnBoot;

  beforeEach(async () => {
    await mkdir(join(root, 'loader.0/entries'), { recursive: true });
    await symlink('loader.0', join(root, 'loader'));
    await writeFile(join(root, entry), 'options a b\n');
    left = new Map();
    const files = bootFiles(root, left);
    await files.writeConfig(config);
    await files.writeStamp('set x="1"\n');
    await files.setStart(qemu);
  });

  // As after mounting again: only what was left is known.
  const difference = () => bootFiles(root, left).firstDifference();

  test('is none when all is as it was written', async () => {
    expect(await difference()).toBeUndefined();
    expect([...left.keys()]).toEqual([
      'ignition',
      'ignition/config.ign',
      'ignition.firstboot',
      entry,
    ]);
  });

  test.each(['ignition/config.ign', 'ignition.firstboot', entry])('is %s', async (name) => {
    const path = join(root, name);
    const bytes = await readFile(path);
    bytes[bytes.length - 2] = (bytes.at(-2) ?? 0) ^ 1;
    await writeFile(path, bytes);
    expect(await difference()).toBe(name);
    await writeFile(path, `options a b\n${bytes}`);
    expect(await difference()).toBe(name);
    await rm(path);
    expect(await difference()).toBe(name);
  });

  test('is what was removed, and is there', async () => {
    await bootFiles(root, left).removeConfig();
    expect(await difference()).toBeUndefined();
    await writeFile(join(root, 'ignition/config.ign'), config);
    expect(await difference()).toBe('ignition/config.ign');
  });

  test('is a link or a fifo in place of a file, whatever stands behind it', async () => {
    for (const name of ['ignition/config.ign', 'ignition.firstboot', entry]) {
      const path = join(root, name);
      const same = join(outside, 'same');
      await writeFile(same, await readFile(path));
      await rm(path);
      await symlink(same, path);
      expect(await difference()).toBe(name);
      await rm(path);
      await execa('mkfifo', [path]);
      expect(await difference()).toBe(name);
      await rm(path);
      await writeFile(path, await readFile(same));
    }
    await rename(join(root, 'ignition'), join(root, 'other'));
    await symlink('other', join(root, 'ignition'));
    expect(await difference()).toBe('ignition');
  });

  test('is an entry that another directory has', async () => {
    await rename(join(root, 'loader.0'), join(outside, 'loader.0'));
    await rm(join(root, 'loader'));
    await symlink(join(outside, 'loader.0'), join(root, 'loader'));
    expect(await difference()).toBe(entry);
  });
});
