import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** An image of which the file system and the areas are real, and other files are a few bytes. */
export function realIso(name: '2023-03.x86_64' | '2023-07.s390x', directory: string): string {
  const packed = join(import.meta.dirname, `media/embed-areas-${name}.iso.xz`);
  const path = join(directory, `${name}.iso`);
  writeFileSync(path, execFileSync('xz', ['-dc', packed], { maxBuffer: 1 << 28 }));
  return path;
}

/** What is in a live ISO for a test; everything has a default like Fedora CoreOS. */
export interface IsoParts {
  readonly areaBytes?: number;
  /** Undefined for an image without `COREOS/IGNINFO.JSO`. */
  readonly ignitionInfo?: object | undefined;
  readonly kargs?: string;
  readonly kargsBytes?: number;
  /** Undefined for an image without `COREOS/KARGS.JSO`. */
  readonly kargsInfo?: object | undefined;
  readonly features?: object | undefined;
  /** Made as `make iso` does: with names of Rock Ridge and Joliet, and that label. */
  readonly isOwn?: true;
  /** More files, by their paths; undefined leaves one out. */
  readonly files?: Readonly<Record<string, string | Uint8Array | undefined>>;
}

export const defaultKargs =
  'mitigations=auto,nosmt coreos.liveiso=fedora-coreos-44.1 ignition.firstboot ignition.platform.id=metal';

export const features = {
  'installer-config': true,
  'installer-config-directives': Object.fromEntries(
    [
      ...['append-karg', 'architecture', 'console', 'copy-network', 'delete-karg', 'dest-device'],
      ...['ignition-file', 'ignition-url', 'image-url', 'insecure', 'platform', 'stream'],
    ].map((name) => [name, true]),
  ),
  'live-initrd-network': true,
};

const grubBefore = "menuentry 'Fedora CoreOS (Live)' {\n  linux /images/pxeboot/vmlinuz ";
const isolinuxBefore = 'label linux\n  kernel /images/pxeboot/vmlinuz\n  append ';

/**
 * Makes an ISO with xorriso that is laid out like that of Fedora CoreOS: an area for an archive, and
 * areas for kernel arguments within the files of two boot loaders.
 */
export function makeLiveIso(directory: string, parts: IsoParts = {}, name = 'live.iso'): string {
  const { areaBytes = 262_144, kargs = defaultKargs, kargsBytes = 1139 } = parts;
  const area = `${kargs}\n`.padEnd(kargsBytes, '#');
  const kargsInfo = {
    default: kargs,
    files: [
      { offset: grubBefore.length, path: 'EFI/fedora/grub.cfg' },
      { offset: isolinuxBefore.length, path: 'isolinux/isolinux.cfg' },
    ],
    size: kargsBytes,
  };
  const json = (value: object) => `${JSON.stringify(value, undefined, 2)}\n`;
  const optional = <Key extends keyof IsoParts>(key: Key, value: object) => {
    const given = key in parts ? (parts[key] as object | undefined) : value;
    return given === undefined ? undefined : json(given);
  };
  const files: Record<string, string | Uint8Array | undefined> = {
    'COREOS/IGNINFO.JSO': optional('ignitionInfo', { file: 'images/ignition.img' }),
    'COREOS/KARGS.JSO': optional('kargsInfo', kargsInfo),
    'COREOS/FEATURES.JSO': optional('features', features),
    'EFI/FEDORA/GRUB.CFG': `${grubBefore}${area}\n  initrd /images/pxeboot/initrd.img\n}\n`,
    'ISOLINUX/ISOLINUX.CFG': `${isolinuxBefore}${area}\n`,
    'IMAGES/IGNITION.IMG': Buffer.alloc(areaBytes),
    'IMAGES/PXEBOOT/VMLINUZ': Buffer.alloc(5001, 'kernel'),
    'IMAGES/PXEBOOT/INITRD.IMG': Buffer.alloc(70_003, 'initrd'),
    'IMAGES/PXEBOOT/ROOTFS.IMG': Buffer.alloc(300_007, 'rootfs'),
    ...parts.files,
  };
  const tree = join(directory, `${name}.d`);
  const iso = join(directory, name);
  for (const old of [tree, iso]) rmSync(old, { recursive: true, force: true });
  for (const [path, content] of Object.entries(files)) {
    if (content === undefined) continue;
    const target = join(tree, parts.isOwn ? path.toLowerCase() : path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  const kind = parts.isOwn
    ? ['-r', '-J', '-V', 'COREOS_INSTALLER']
    : ['-iso-level', '1', '-V', 'fedora-coreos-44.1', '-no-pad'];
  const options = [...kind, '-quiet'];
  execFileSync('xorriso', ['-as', 'mkisofs', ...options, '-o', iso, tree], { stdio: 'pipe' });
  return iso;
}

/** An archive by cpio(1), with the files in this order. */
export function makeCpioByTool(
  files: Readonly<Record<string, string | Uint8Array>>,
  cwd: string,
): Buffer {
  mkdirSync(cwd, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), content);
  }
  const input = Object.keys(files).join('\n');
  return execFileSync('cpio', ['--create', '--format=newc', '--quiet'], {
    cwd,
    input,
    maxBuffer: 1 << 30,
  });
}

const compressors = {
  raw: undefined,
  gzip: ['gzip', '-9n'],
  xz: ['xz', '--check=crc32'],
  zstd: ['zstd', '-q'],
} as const;

export type Compression = keyof typeof compressors;

/** An initramfs as on a live medium: an archive as it is, and a compressed one. */
export function makeLiveInitrd(cwd: string, more: Readonly<Record<string, string>> = {}): Buffer {
  const early = makeCpioByTool({ 'kernel/x86/microcode': 'µ'.repeat(1001) }, join(cwd, 'early'));
  const files = {
    'usr/lib/odd': 'o'.repeat(4097),
    'etc/coreos-live-initramfs': '',
    'etc/coreos/features.json': JSON.stringify(features),
    ...more,
  };
  const main = makeCpioByTool(files, join(cwd, 'main'));
  return Buffer.concat([early, Buffer.alloc(512), compress(main, 'zstd')]);
}

/** Compressed by that program. */
export function compress(bytes: Uint8Array, compression: Compression): Buffer {
  const command = compressors[compression];
  if (command === undefined) return Buffer.from(bytes);
  const [program, ...options] = command;
  return execFileSync(program, [...options, '-c'], { input: bytes, maxBuffer: 1 << 30 });
}
