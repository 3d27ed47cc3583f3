import { lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BootDirectory } from '../../../src/install/boot-directory.ts';
import { setStart } from '../../../src/install/set-start.ts';
import { WriteError } from '../../../src/lib/errors.ts';
import type { Resolved } from '../../../src/parameters/parameters.ts';
import { systemStart } from '../../../src/plan/system-start.ts';

let directory = '';
let root = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'set-start-'));
  root = join(directory, 'boot');
  // As on Fedora CoreOS.
  await mkdir(join(root, 'loader.1/entries'), { recursive: true });
  await symlink('loader.1', join(root, 'loader'));
});
afterEach(() => rm(directory, { recursive: true }));

const put = async (path: string, text: string, mode = 0o644) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text, { mode });
};
const get = (path: string) => readFile(join(root, path), 'utf8');

const given = (value?: string): Resolved<string> | undefined =>
  value === undefined ? undefined : { value, origin: { kind: 'option', name: '-x' } };

interface Given {
  readonly platform?: string;
  readonly console?: string;
  readonly append?: string;
  readonly remove?: string;
}
const set = ({ platform, console, append, remove }: Given) =>
  setStart(
    new BootDirectory(root),
    systemStart({
      platformId: given(platform),
      console: given(console),
      appendKarg: given(append),
      deleteKarg: given(remove),
    }),
  );

const entry = (options: string) =>
  `title x\nversion 1\noptions ${options}\nlinux /vmlinuz\ninitrd /initramfs.img\n`;
const first = 'loader/entries/ostree-1.conf';
const second = 'loader/entries/ostree-2.conf';
const of2019 =
  '$ignition_firstboot ostree=/o/0 mitigations=auto,nosmt console=tty0 console=ttyS0,115200n8 ignition.platform.id=metal';
const ofToday =
  'rw mitigations=auto,nosmt ignition.platform.id=metal $ignition_firstboot root=UUID=1';

const table = JSON.stringify({
  metal: { kernel_arguments: ['console=tty0'], grub_commands: ['terminal_output console'] },
  aws: {
    kernel_arguments: ['console=tty0', 'console=ttyS0,115200n8'],
    grub_commands: ['serial --speed=115200', 'terminal_output console serial'],
  },
  qemu: { kernel_arguments: [] },
});
const marked = (text: string) =>
  `# x\n# CONSOLE-SETTINGS-START\n${text}\n# CONSOLE-SETTINGS-END\nblscfg\n`;

describe('kernel arguments', () => {
  test('are set in every entry that GRUB shows', async () => {
    await put(first, entry(of2019));
    await put(second, entry(ofToday));
    await put('loader/entries/notes.conf', 'options quiet\n');
    const notes = await set({ append: 'a="b c" ü quiet', remove: 'mitigations=auto,nosmt' });
    expect(notes).toEqual([]);
    const without = (options: string) => options.replace('mitigations=auto,nosmt ', '');
    expect(await get(first)).toBe(entry(`${without(of2019)} a="b c" ü quiet`));
    expect(await get(second)).toBe(entry(`${without(ofToday)} a="b c" ü quiet`));
    expect(await get('loader/entries/notes.conf')).toBe('options quiet\n');
  });

  test('are removed as a whole: what is not there is told, with what is similar', async () => {
    await put(first, entry(of2019));
    expect(await set({ remove: 'console nonsense' })).toEqual([
      'The kernel arguments of the image do not include console: nothing was removed. ' +
        'Give the whole argument, such as console=tty0.',
      'The kernel arguments of the image do not include nonsense: nothing was removed.',
    ]);
    expect(await get(first)).toBe(entry(of2019));
  });

  test('that only one entry has are removed there', async () => {
    await put(first, entry(of2019));
    await put(second, entry(ofToday));
    expect(await set({ remove: 'rw' })).toEqual([]);
    expect(await get(second)).toBe(entry(ofToday.replace('rw ', '')));
  });

  test('keep the mode of an entry', async () => {
    await put(first, entry('a'), 0o600);
    await set({ append: 'b' });
    expect((await lstat(join(root, first))).mode & 0o777).toBe(0o600);
  });

  test('keep it also where the umask takes more away', async () => {
    await put(first, entry('a'), 0o644);
    const mask = process.umask(0o077);
    try {
      await set({ append: 'b' });
    } finally {
      process.umask(mask);
    }
    expect((await lstat(join(root, first))).mode & 0o777).toBe(0o644);
  });
});

describe('consoles', () => {
  test('replace those of an image of 2019 in the entry, and each is there once', async () => {
    await put(first, entry(of2019));
    await put('grub2/grub.cfg', marked('old'));
    await set({ console: 'tty0 ttyS1,9600', append: 'last' });
    expect(await get(first)).toBe(
      entry(`${of2019.replace('console=tty0 ', '')} console=tty0 console=ttyS1,9600n8 last`),
    );
  });

  test('replace those of metal, and GRUB’s, whatever the platform', async () => {
    await put(first, entry(`${ofToday} console=tty0`));
    await put('coreos/platforms.json', table);
    await put('grub2/grub.cfg', 'no place here');
    await put('grub2/console.cfg', marked('terminal_output console'), 0o600);
    await set({ platform: 'aws', console: 'ttyS0,115200' });
    expect(await get(first)).toBe(
      entry(`${ofToday.replace('metal', 'aws')} console=ttyS0,115200n8`),
    );
    const commands = 'serial --unit=0 --speed=115200 --word=8 --parity=no';
    expect(await get('grub2/console.cfg')).toBe(
      marked(`${commands}\nterminal_input serial\nterminal_output serial`),
    );
    expect((await lstat(join(root, 'grub2/console.cfg'))).mode & 0o777).toBe(0o600);
    expect(await get('grub2/grub.cfg')).toBe('no place here');
  });

  test('replace those of metal where no platform is given', async () => {
    await put(first, entry(`${ofToday} console=tty0`));
    await put('coreos/platforms.json', table);
    await put('grub2/grub.cfg', marked('terminal_output console'));
    await set({ console: 'ttyS0,115200' });
    expect(await get(first)).toBe(entry(`${ofToday} console=ttyS0,115200n8`));
  });
});

describe('a console of a port that the image has', () => {
  beforeEach(() => put('grub2/grub.cfg', marked('old')));

  test('replaces it, whatever its options: the kernel would keep those', async () => {
    await put(first, entry(of2019.replace('ttyS0', 'ttyS10,9600 console=ttyS0 console=ttyS0')));
    await set({ console: 'ttyS0,9600' });
    expect(await get(first)).toBe(
      entry(of2019.replace('ttyS0,115200n8', 'ttyS10,9600').concat(' console=ttyS0,9600n8')),
    );
  });

  test('given as an argument has no effect on its speed, which is told', async () => {
    await put(first, entry(ofToday));
    await put(second, entry(of2019));
    expect(await set({ append: 'console=ttyS0,9600n8 console=tty1' })).toEqual([
      'The kernel uses the options of the first console= for a port: console=ttyS0,115200n8 stays before console=ttyS0,9600n8, which changes nothing but the order. Remove the first one with --delete-karg console=ttyS0,115200n8.',
    ]);
    const remove = 'console=ttyS0,115200n8';
    await put(second, entry(of2019));
    expect(await set({ append: 'console=ttyS0,9600n8', remove })).toEqual([]);
    await put(second, entry(of2019));
    await put(first, entry(ofToday));
    expect(await set({ append: 'console=ttyS0,115200n8' })).toEqual([]);
  });
});

describe('a platform', () => {
  beforeEach(async () => {
    await put(first, entry(`${ofToday} console=tty0`));
    await put('coreos/platforms.json', table);
    await put('grub2/grub.cfg', marked('terminal_output console'));
  });

  test('has the consoles that the image lists for it', async () => {
    await set({ platform: 'aws' });
    expect(await get(first)).toBe(
      entry(`${ofToday.replace('metal', 'aws')} console=tty0 console=ttyS0,115200n8`),
    );
    expect(await get('grub2/grub.cfg')).toBe(
      marked('serial --speed=115200\nterminal_output console serial'),
    );
  });

  test('without a list loses those of metal', async () => {
    await set({ platform: 'other' });
    expect(await get(first)).toBe(entry(ofToday.replace('metal', 'other')));
    expect(await get('grub2/grub.cfg')).toBe(
      '# x\n# CONSOLE-SETTINGS-START\n# CONSOLE-SETTINGS-END\nblscfg\n',
    );
  });

  test('metal leaves everything as it is', async () => {
    await put(first, entry(`console=tty0 ${ofToday}`));
    const before = [await get(first), await get('grub2/grub.cfg')];
    await set({ platform: 'metal' });
    expect([await get(first), await get('grub2/grub.cfg')]).toEqual(before);
  });

  test('loses what the user removes, and has what the user adds last', async () => {
    await set({ platform: 'aws', remove: 'console=tty0', append: 'console=hvc0' });
    expect(await get(first)).toBe(
      entry(`${ofToday.replace('metal', 'aws')} console=ttyS0,115200n8 console=hvc0`),
    );
  });
});

describe('refused, and nothing is changed', () => {
  const failure = async (asked: Given) => {
    const error: unknown = await set(asked).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WriteError);
    return error as WriteError;
  };

  test.each<[string, string, RegExp]>([
    ['two options lines', `${entry('a')}options b\n`, /ostree-2\.conf in .*, line 6: a second/],
    ['an empty line', 'linux /b\n\noptions a\n', /ostree-2\.conf in .*, line 3: GRUB stops .* 2/],
    ['an open quote', entry('a="b'), /ostree-2\.conf in loader\/entries, line 3: a quote/],
    ['no options', 'linux /b\n', /ostree-2\.conf in loader\/entries: it has no options line/],
  ])('an entry with %s', async (_, text, words) => {
    await put(first, entry('a'));
    await put(second, text);
    const error = await failure({ append: 'x' });
    expect(error.message).toMatch(words);
    expect(error.failure.code).toBe('kernel-arguments-not-settable');
    expect(await get(first)).toBe(entry('a'));
  });

  test('an entry that is too large, or none', async () => {
    expect((await failure({ append: 'x' })).message).toContain('is empty');
    await put(first, entry('a'.repeat(70_000)));
    expect((await failure({ append: 'x' })).message).toContain('larger than 64 KiB');
    await put(first, 'options a\n');
    expect((await failure({ append: 'x' })).message).toContain('no entry in loader/entries');
  });

  test('what the kernel would not read to its end', async () => {
    await put(first, entry('a'.repeat(1000)));
    const error = await failure({ append: 'b'.repeat(1100) });
    expect(error.message).toMatch(/ostree-1\.conf .* has 21\d\d bytes/);
    expect(error.message).toContain('Give fewer or shorter kernel arguments');
    expect(await get(first)).toBe(entry('a'.repeat(1000)));
  });

  test('a console where GRUB has no place for it', async () => {
    await put(first, entry(of2019));
    expect((await failure({ console: 'tty0' })).failure.code).toBe('console-not-settable');
    await put('grub2/grub.cfg', 'blscfg\n');
    const error = await failure({ console: 'tty0' });
    expect(error.message).toContain('--append-karg console=');
    expect(await get(first)).toBe(entry(of2019));
  });

  test('a list of platforms that is none, or a link out of the boot partition', async () => {
    await put(first, entry(of2019));
    await put('coreos/platforms.json', '[]');
    const error = await failure({ platform: 'aws' });
    expect(error.failure.code).toBe('platform-not-settable');
    expect(error.message).toContain('coreos/platforms.json on the boot partition: it is a list');
    const outside = join(directory, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'platforms.json'), table);
    await rm(join(root, 'coreos'), { recursive: true });
    await symlink(outside, join(root, 'coreos'));
    expect((await failure({ platform: 'aws' })).message).toContain('is not on the boot partition');
    expect(await get(first)).toBe(entry(of2019));
  });

  test('is called after the option that it comes from, and only that one is to be left out', async () => {
    await put(first, entry(of2019));
    await put('grub2/grub.cfg', 'blscfg\n');
    const console = await failure({ console: 'ttyS0', append: 'x', platform: 'aws' });
    expect(console.failure.code).toBe('console-not-settable');
    await put('coreos/platforms.json', table);
    const ofPlatform = await failure({ platform: 'aws' });
    expect(ofPlatform.failure.code).toBe('platform-not-settable');
    expect(ofPlatform.failure.next).toMatch(/^Install without -p, or use an image/);
    await put('coreos/platforms.json', '[]');
    const both = await failure({ platform: 'aws', append: 'x' });
    expect(both.failure.code).toBe('platform-not-settable');
    expect(both.failure.next).toMatch(/^Install without -p, or use an image/);
    const all = await failure({ platform: 'aws', console: 'tty0', remove: 'x' });
    expect(all.failure.code).toBe('console-not-settable');
    expect(all.failure.next).toMatch(/^Install without --console and -p, or/);
    await put('coreos/platforms.json', table);
    await put(first, `${entry('a')}options b\n`);
    // Those of the platform that the image needs no table for are set in a way of their own.
    const given = { platform: 'metal', append: 'x', remove: 'y' };
    const entries = await failure(given);
    expect(entries.failure.code).toBe('kernel-arguments-not-settable');
    expect(entries.failure.next).toMatch(/^Install without --append-karg and --delete-karg, or/);
    expect((await failure({ ...given, platform: 'aws' })).failure.next).toMatch(
      /^Install without --append-karg, --delete-karg, and -p, or/,
    );
  });

  test('not by a broken list of platforms where it is not needed', async () => {
    await put(first, entry(of2019));
    await put('coreos/platforms.json', '[]');
    expect(await set({ platform: 'metal', append: 'x' })).toEqual([]);
    expect(await set({ append: 'y' })).toEqual([]);
  });

  test('not by words that only an editor of arguments minds, where none are set', async () => {
    await put(first, entry('a;b ignition.platform.id=metal'));
    expect(await set({ platform: 'other' })).toEqual([]);
    expect(await get(first)).toBe(entry('a;b ignition.platform.id=other'));
    await failure({ append: 'x' });
  });

  test('a platform that GRUB would not read', async () => {
    await put(first, 'linux /b\n\noptions a\n');
    const error = await failure({ platform: 'aws' });
    expect(error.failure.code).toBe('platform-not-settable');
    expect(await get(first)).toBe('linux /b\n\noptions a\n');
  });
});

test('nothing is read where nothing is asked for', async () => {
  await rm(join(root, 'loader'));
  expect(await set({})).toEqual([]);
});
