import * as v from 'valibot';
import {
  absolutePath,
  count,
  flag,
  type Objection,
  objectionToPath,
  required,
  rule,
  rules,
  since,
  text,
  texts,
  unique,
} from './rule.ts';

const stripes = ['linear', 'raid0', '0', 'stripe'];
const levels = [
  ...stripes,
  ...['raid1', '1', 'mirror', 'raid4', '4', 'raid5', '5', 'raid6', '6', 'raid10', '10'],
];

/** How many devices mdadm asks for, spares not counted. */
function fewestDevices(level: string): number {
  if (/^(raid)?6$/.test(level)) return 4;
  return /^(raid)?(4|5|10)$/.test(level) ? 2 : 1;
}

export const raid = v.pipe(
  v.object({
    name: required,
    level: v.pipe(
      required,
      rule((level) =>
        levels.includes(level)
          ? undefined
          : 'it must be linear, raid0, raid1, raid4, raid5, raid6 or raid10',
      ),
    ),
    devices: v.pipe(
      v.array(absolutePath),
      v.nonEmpty('an array needs at least one device'),
      unique('device', (device) => device),
    ),
    spares: count,
    options: texts,
  }),
  v.forward(
    rule(({ level, spares }) =>
      stripes.includes(level) && spares ? 'an array of this level cannot have spares' : undefined,
    ),
    ['spares'],
  ),
  v.forward(
    rule(({ level, devices, spares = 0 }) => {
      const needed = fewestDevices(level);
      if (devices.length === 0 || devices.length - spares >= needed) return undefined;
      return `an array of this level needs at least ${needed} devices besides spares`;
    }),
    ['devices'],
  ),
);

/** The formats, each with the longest label in bytes and the minor version that introduced it. */
const formats: Readonly<Record<string, { readonly label: number; readonly minor: number }>> = {
  ext4: { label: 16, minor: 0 },
  btrfs: { label: 256, minor: 0 },
  xfs: { label: 12, minor: 0 },
  vfat: { label: 11, minor: 0 },
  swap: { label: 15, minor: 0 },
  none: { label: Infinity, minor: 3 },
};

export function filesystem(minor: number) {
  return v.pipe(
    v.object({
      device: absolutePath,
      format: text,
      path: v.optional(v.pipe(v.string(), rule(objectionToPath))),
      wipeFilesystem: flag,
      label: text,
      uuid: text,
      options: texts,
      ...since(minor, 1, { mountOptions: texts }),
    }),
    rules((filesystem) => objectionsToFilesystem(filesystem, minor)),
  );
}

interface Filesystem {
  readonly format?: string | undefined;
  readonly path?: string | undefined;
  readonly wipeFilesystem?: boolean | undefined;
  readonly label?: string | undefined;
  readonly uuid?: string | undefined;
  readonly options?: readonly string[] | undefined;
  readonly mountOptions?: readonly string[] | undefined;
}

function* objectionsToFilesystem(filesystem: Filesystem, minor: number): Generator<Objection> {
  const { format = '', path, wipeFilesystem, label = '', uuid, options, mountOptions } = filesystem;
  if (format === '') {
    if (path || wipeFilesystem || label || uuid || options?.length || mountOptions?.length)
      yield [['format'], 'a file system needs a format when anything else is set for it'];
    return;
  }
  const known = Object.keys(formats).filter((name) => (formats[name]?.minor ?? 0) <= minor);
  if (!known.includes(format)) {
    yield [['format'], `it must be ${known.slice(0, -1).join(', ')} or ${known.at(-1)}`];
    return;
  }
  const longest = formats[format]?.label ?? Infinity;
  if (Buffer.byteLength(label) > longest)
    yield [['label'], `a label of ${format} must not be longer than ${longest} bytes`];
}
