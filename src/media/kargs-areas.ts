import type { FileHandle } from 'node:fs/promises';
import * as v from 'valibot';
import { hasBytes } from '../lib/bytes.ts';
import { InputError, WriteError } from '../lib/errors.ts';
import { type FileRange, readRange } from '../lib/file-range.ts';
import type { IsoFileSystem } from './iso9660.ts';
import { parseJsonIn } from './json-files.ts';
import { damaged } from './medium-error.ts';
import type { Patch } from './patch.ts';

/** A place in a boot loader's configuration that has the kernel arguments. */
export interface KargsArea extends FileRange {
  /** Fills the area after the arguments and `end`; one byte. */
  readonly pad: string;
  /** Separates the arguments from that. */
  readonly end: string;
}

export interface KargsAreas {
  readonly default: string;
  readonly areas: readonly KargsArea[];
}

const areaLimitBytes = 2048;
const mostAreas = 16;
const offset = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const oneByte = v.pipe(v.string(), v.regex(/^[\0-\x7f]$/));
const kargsFile = v.object({
  default: v.string(),
  files: v.pipe(
    v.array(
      v.object({
        path: v.string(),
        offset,
        pad: v.optional(oneByte, '#'),
        end: v.optional(oneByte, '\n'),
      }),
    ),
    v.minLength(1),
    v.maxLength(mostAreas),
  ),
  size: v.pipe(offset, v.minValue(1), v.maxValue(areaLimitBytes)),
});

/** Where the kernel arguments are; undefined for an image without such areas. Throws `InputError`. */
export async function findKargsAreas(
  file: FileHandle,
  fs: IsoFileSystem,
  name: string,
): Promise<KargsAreas | undefined> {
  const json = await fs.find('COREOS/KARGS.JSO');
  if (json === undefined) return await findByHeader(file, fs, name);
  const { default: defaults, files, size } = await parseJsonIn(fs, json, kargsFile, name);
  if (Buffer.byteLength(defaults) > size)
    throw damaged(name, 'its default kernel arguments are longer than their area');
  const areas: KargsArea[] = [];
  for (const { path, offset, pad, end } of files) {
    const found = await fs.find(path);
    if (found === undefined)
      throw damaged(name, `the file ${path} for kernel arguments is not in it`);
    const area = { startBytes: found.startBytes + offset, sizeBytes: size, pad, end };
    if (offset + size > found.sizeBytes || area.startBytes + size > fs.sizeBytes)
      throw damaged(name, `the kernel arguments are beyond the end of ${path}`);
    areas.push(area);
  }
  return { default: defaults, areas };
}

/** Images before the JSON file have a header at the end of the system area. */
async function findByHeader(
  file: FileHandle,
  fs: IsoFileSystem,
  name: string,
): Promise<KargsAreas | undefined> {
  const header = await readRange({ file, name }, { startBytes: 32672, sizeBytes: 72 });
  if (!hasBytes(header, 0, 'coreKarg')) return undefined;
  const number = (at: number) => Number(header.readBigUInt64LE(at));
  const sizeBytes = number(8);
  const starts = [24, 32, 40, 48, 56, 64].map(number);
  const end = starts.indexOf(0);
  const ranges = [number(16), ...starts.slice(0, end < 0 ? undefined : end)].map((startBytes) => ({
    startBytes,
    sizeBytes,
    pad: '#',
    end: '\n',
  }));
  const [defaults, ...areas] = ranges as [KargsArea, ...KargsArea[]];
  const isSound =
    sizeBytes > 0 &&
    sizeBytes <= areaLimitBytes &&
    areas.length > 0 &&
    ranges.every(({ startBytes }) => startBytes + sizeBytes <= fs.sizeBytes);
  if (!isSound) throw damaged(name, 'its header for kernel arguments is damaged');
  return { default: textIn(await readRange({ file, name }, defaults), defaults), areas };
}

/** The kernel arguments now, the same in all areas. Throws `InputError`. */
export async function readKargs(
  file: FileHandle,
  { areas }: KargsAreas,
  name: string,
): Promise<string> {
  const texts = new Set<string>();
  for (const area of areas) texts.add(textIn(await readRange({ file, name }, area), area));
  const [text = '', ...others] = texts;
  if (others.length === 0) return text;
  throw damaged(
    name,
    'its boot loaders have different kernel arguments, which is what an interrupted change leaves',
    'Set both: coreos-installer iso kargs reset.',
  );
}

function textIn(bytes: Buffer, { pad, end }: KargsArea): string {
  let text = bytes.toString('utf8');
  for (const filler of [pad, end]) {
    let length = text.length;
    while (length > 0 && text[length - 1] === filler) length -= 1;
    text = text.slice(0, length);
  }
  return text.trim();
}

/** What has to be written for other kernel arguments. Throws `WriteError` where they are too long. */
export function kargsPatches({ areas }: KargsAreas, kargs: string, name: string): Patch[] {
  return areas.map(({ startBytes, sizeBytes, pad, end }) => {
    const text = Buffer.from(`${kargs}${end}`);
    if (text.length > sizeBytes)
      throw new WriteError({
        code: 'medium-area-full',
        failed: `Cannot change the kernel arguments of ${name}`,
        why: `kargs too large for area: ${text.length} vs ${sizeBytes}`,
        next: 'Use fewer or shorter arguments.',
      });
    const bytes = Buffer.alloc(sizeBytes, pad);
    bytes.set(text);
    return { startBytes, bytes, sizeBytes };
  });
}

/** For commands that need them. */
export function requireKargsAreas(areas: KargsAreas | undefined, name: string): KargsAreas {
  if (areas !== undefined) return areas;
  throw new InputError({
    code: 'medium-unsupported',
    failed: `Cannot use the kernel arguments of ${name}`,
    why: 'No karg embed areas found; old or corrupted CoreOS ISO image',
    next: 'Use a newer release of Fedora CoreOS.',
  });
}
