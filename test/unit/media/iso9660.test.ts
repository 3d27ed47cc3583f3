import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IsoFile, IsoFileSystem } from '../../../src/media/iso9660.ts';
import { readKargs } from '../../../src/media/kargs-areas.ts';
import { openLiveIso, readIsoMembers } from '../../../src/media/live-iso.ts';
import { writeIso } from '../../../src/media/write-iso.ts';
import { makeSmallIso } from '../../support/small-iso.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'iso9660-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Has an image read from a file. */
async function using<T>(
  image: Buffer,
  read: (fs: IsoFileSystem, file: import('node:fs/promises').FileHandle) => Promise<T>,
): Promise<T> {
  const path = join(directory, 'image.iso');
  writeFileSync(path, image);
  await using file = await open(path);
  return await read(await IsoFileSystem.open(file, 'x.iso', image.length), file);
}

/** What opening it as a live medium says. */
async function refusal(image: Buffer): Promise<string> {
  const path = join(directory, 'image.iso');
  writeFileSync(path, image);
  await using file = await open(path);
  try {
    await openLiveIso(file, 'x.iso', image.length);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const area = { 'IMAGES/IGNITION.IMG': Buffer.alloc(4000) };

test('files are found in any letters, with and without their version and final dot', async () => {
  const image = makeSmallIso({ 'A/FILE.TXT': 'text', 'A/VMLINUZ.': 'kernel', TOP: 'x' });
  await using(image, async (fs) => {
    const content = async (path: string) => {
      const file = await fs.find(path);
      return file && (await fs.read(file, 100)).toString();
    };
    expect(await content('a/file.txt')).toBe('text');
    expect(await content('A/vmlinuz')).toBe('kernel');
    expect(await content('TOP')).toBe('x');
    expect(await content('A/MISSING')).toBeUndefined();
    expect(await content('TOP/X')).toBeUndefined();
    expect([...(await fs.walk()).keys()].toSorted()).toEqual(['A/FILE.TXT', 'A/VMLINUZ', 'TOP']);
    expect(fs.volumeId).toBe('SMALL');
    await expect(fs.read((await fs.find('TOP')) as never, 0)).rejects.toThrow(
      'TOP in it has 1 bytes',
    );
  });
});

test('a directory continues in the next sector after a zero', async () => {
  const image = makeSmallIso({ 'A/ONE': '1', 'A/TWO': '2' });
  const record = image.indexOf('TWO;1') - 33;
  // Behind the first sector, as if there had been no room; the directory becomes longer.
  const moved = Buffer.concat([image, Buffer.alloc(4096)]);
  const length = image[record] as number;
  const sectors = moved.length / 2048;
  image.copy(moved, (sectors - 2) * 2048, 19 * 2048, record);
  image.copy(moved, (sectors - 1) * 2048, record, record + length);
  const entry = image.indexOf('\x01A', 18 * 2048, 'latin1') - 32;
  moved.writeUInt32LE(sectors - 2, entry + 2);
  moved.writeUInt32LE(4096, entry + 10);
  moved.writeUInt32LE(sectors, 16 * 2048 + 80);
  await using(moved, async (fs) => {
    expect([...(await fs.walk()).keys()].toSorted()).toEqual(['A/ONE', 'A/TWO']);
  });
});

test('a directory that contains itself ends', async () => {
  const image = makeSmallIso({ 'A/ONE': '1' });
  const entry = image.indexOf('\x05ONE;1', 0, 'latin1') - 32;
  image[entry + 25] = 2;
  image.writeUInt32LE(19, entry + 2);
  image.writeUInt32LE(2048, entry + 10);
  await using(image, async (fs) => {
    await expect(fs.walk()).rejects.toThrow('too many levels');
  });
});

test.each<[string, Record<string, string | Buffer>, string]>([
  ['no area', { X: '' }, 'Unrecognized CoreOS ISO image.'],
  [
    'a file that is not there',
    { 'COREOS/IGNINFO.JSO': '{"file":"images/other.img"}' },
    'the file images/other.img for customizations is not in it',
  ],
  [
    'an area beyond its file',
    { 'COREOS/IGNINFO.JSO': '{"file":"images/ignition.img","offset":1,"length":4000}' },
    'beyond the end of images/ignition.img',
  ],
  [
    'an offset beyond its file',
    { 'COREOS/IGNINFO.JSO': '{"file":"images/ignition.img","offset":4000}' },
    'beyond the end of images/ignition.img',
  ],
  [
    'a negative offset',
    { 'COREOS/IGNINFO.JSO': '{"file":"images/ignition.img","offset":-1}' },
    'IGNINFO.JSO in it is invalid',
  ],
  ['no JSON', { 'COREOS/IGNINFO.JSO': 'file=x' }, 'IGNINFO.JSO in it is not valid JSON'],
  [
    'a large JSON',
    { 'COREOS/IGNINFO.JSO': ' '.repeat(70_000) },
    'IGNINFO.JSO in it has 70000 bytes',
  ],
  [
    'features that are none',
    { 'COREOS/FEATURES.JSO': '{"installer-config":1}' },
    'its list of features is invalid',
  ],
  [
    'no kargs files',
    { 'COREOS/KARGS.JSO': '{"default":"a","files":[],"size":10}' },
    'KARGS.JSO in it is invalid',
  ],
  [
    'large areas',
    { 'COREOS/KARGS.JSO': '{"default":"a","files":[{"path":"CFG","offset":0}],"size":2049}' },
    'KARGS.JSO in it is invalid',
  ],
  [
    'long defaults',
    { 'COREOS/KARGS.JSO': '{"default":"aaa","files":[{"path":"CFG","offset":0}],"size":2}' },
    'longer than their area',
  ],
  [
    'areas beyond their file',
    {
      CFG: '12345',
      'COREOS/KARGS.JSO': '{"default":"a","files":[{"path":"CFG","offset":1}],"size":5}',
    },
    'the kernel arguments are beyond the end of CFG',
  ],
  [
    'areas in no file',
    { 'COREOS/KARGS.JSO': '{"default":"a","files":[{"path":"CFG","offset":1}],"size":5}' },
    'the file CFG for kernel arguments is not in it',
  ],
])('an image with %s is refused', async (_, files, why) => {
  const isEmpty = 'X' in files;
  expect(await refusal(makeSmallIso({ ...(isEmpty ? {} : area), ...files }))).toContain(why);
});

test('a whole file is the area where nothing says more', async () => {
  expect(await refusal(makeSmallIso(area))).toBe('');
});

test('files beyond the end of the image are refused', async () => {
  const image = makeSmallIso({ ...area, 'COREOS/IGNINFO.JSO': '{}' });
  const entry = image.indexOf('IGNINFO') - 33;
  image.writeUInt32LE(image.length / 2048, entry + 2);
  expect(await refusal(image)).toContain('IGNINFO.JSO is beyond its end');
});

test('old images have a header with the places of the kernel arguments', async () => {
  const cfg = 'a=1 b\n'.padEnd(64, '#');
  const image = makeSmallIso({
    ...area,
    CFG: cfg,
    CFG2: cfg,
    DEFAULT: cfg.replace(' b\n#', '\n###'),
  });

  const [first, second] = [image.indexOf('a=1 b'), image.lastIndexOf('a=1 b')];
  image.write('coreKarg', 32_672);
  for (const [index, value] of [64, image.indexOf('a=1\n'), first, second, 0].entries())
    image.writeBigUInt64LE(BigInt(value), 32_680 + 8 * index);
  const path = join(directory, 'old.iso');
  writeFileSync(path, image);
  await using file = await open(path);
  const { kargs } = await openLiveIso(file, 'old.iso', image.length);
  expect(kargs?.default).toBe('a=1');
  expect(kargs?.areas.map(({ startBytes }) => startBytes)).toEqual([first, second]);
  expect(await readKargs(file, kargs as never, 'old.iso')).toBe('a=1 b');
  image.writeBigUInt64LE(BigInt(image.length), 32_696);
  expect(await refusal(image)).toContain('its header for kernel arguments is damaged');
});

test('the pieces of a file end with a signal, and are not beyond the image', async () => {
  const image = makeSmallIso({ ROOTFS: Buffer.alloc(3 * 1024 * 1024, 1) });
  await using(image, async (fs) => {
    const file = (await fs.find('ROOTFS')) as IsoFile;
    const stop = new AbortController();
    let sizeBytes = 0;
    const reading = (async () => {
      for await (const piece of fs.pieces(file, stop.signal)) {
        sizeBytes += piece.length;
        stop.abort(new Error('stopped'));
      }
    })();
    await expect(reading).rejects.toThrow('stopped');
    expect(sizeBytes).toBe(1024 * 1024);
    const longer = fs.pieces({ ...file, sizeBytes: image.length }, new AbortController().signal);
    await expect(longer.next()).rejects.toThrow('ROOTFS is beyond its end');
  });
});

test('what cannot be read of an image names it', async () => {
  const image = makeSmallIso({ ...area, 'COREOS/IGNINFO.JSO': '{"file":"images/ignition.img"}' });
  const path = join(directory, 'worn.iso');
  writeFileSync(path, image);
  await using file = await open(path);
  const entry = image.indexOf('IGNITION.IMG') - 33;
  const worn = image.readUInt32LE(entry + 2) * 2048;
  // A worn stick.
  const failing = new Proxy(file, {
    get(target, key) {
      if (key !== 'read') return Reflect.get(target, key, target);
      return async (bytes: Buffer, at: number, length: number, position: number) => {
        if (position <= worn && worn < position + length)
          throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
        return await target.read(bytes, at, length, position);
      };
    },
  });
  const live = await openLiveIso(failing, 'worn.iso', image.length);
  const failure = { code: 'file-unreadable', failed: 'Cannot read worn.iso' };
  await expect(readIsoMembers(live)).rejects.toMatchObject({ failure });
  // Also while a copy is written, which is not to blame.
  const { signal } = new AbortController();
  const copy = writeIso(live, { patches: [] }, join(directory, 'copy.iso'), signal);
  await expect(copy).rejects.toMatchObject({ failure });
  expect(existsSync(join(directory, 'copy.iso'))).toBe(false);
});

/** A directory whose entries have that name and are the directory itself, but for so many plain files. */
function endlessIso(name: string, entries: number, files = 0): Buffer {
  const recordBytes = (33 + name.length + 1) & ~1;
  const sectors = Math.ceil(entries / Math.floor(2048 / recordBytes));
  const image = Buffer.concat([makeSmallIso({}), Buffer.alloc(sectors * 2048)]);
  const first = image.length / 2048 - sectors;
  image.writeUInt32LE(image.length / 2048, 16 * 2048 + 80);
  const at = (offset: number) => {
    image.writeUInt32LE(first, offset + 2);
    image.writeUInt32LE(sectors * 2048, offset + 10);
  };
  at(16 * 2048 + 156);
  for (let index = 0, offset = first * 2048; index < entries; index += 1) {
    if ((offset % 2048) + recordBytes > 2048) offset = Math.ceil(offset / 2048) * 2048;
    image[offset] = recordBytes;
    at(offset);
    const isFile = index < files;
    image[offset + 25] = isFile ? 0 : 2;
    image[offset + 32] = name.length;
    image.write(name, offset + 33, 'latin1');
    if (isFile) image.write(`${index}`, offset + 33, 'latin1');
    offset += recordBytes;
  }
  return image;
}

test('directories that contain themselves end soon', async () => {
  const image = endlessIso('A', 20_000);
  const path = join(directory, 'endless.iso');
  writeFileSync(path, image);
  await using file = await open(path);
  const fs = await IsoFileSystem.open(file, 'endless.iso', image.length);
  await expect(fs.walk()).rejects.toThrow('it has too many files');
  expect(await fs.find('A/A/A/A/A/A/A/A')).toMatchObject({ name: 'A' });
  let reads = 0;
  const read = file.read.bind(file);
  file.read = (async (...args: Parameters<typeof read>) => {
    reads += 1;
    return await read(...args);
  }) as typeof file.read;
  expect(await fs.find('A/'.repeat(30_000).slice(0, -1))).toBeUndefined();
  expect(reads).toBe(0);
});

test('paths do not become longer and longer', async () => {
  await using(endlessIso('A'.repeat(220), 100, 99), async (fs) => {
    await expect(fs.walk()).rejects.toThrow('it has directories at too many levels');
  });
});

test('directories within directories are not counted without end', async () => {
  await using(endlessIso('A', 3), async (fs) => {
    await expect(fs.walk()).rejects.toThrow('it has too many directories');
  });
});

test('an archive that expands without end is refused', async () => {
  const { execFileSync } = await import('node:child_process');
  const bomb = execFileSync('xz', ['-9'], { input: Buffer.alloc(100 << 20), maxBuffer: 1 << 28 });
  const image = makeSmallIso({ 'IMAGES/IGNITION.IMG': bomb });
  const path = join(directory, 'bomb.iso');
  writeFileSync(path, image);
  await using file = await open(path);
  const live = await openLiveIso(file, 'bomb.iso', image.length);
  await expect(readIsoMembers(live)).rejects.toThrow(/iso reset/);
});
