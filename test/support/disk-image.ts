import { execFileSync } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { link, mkdir, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { entrySectors } from './gpt-builder.ts';
import { loopDevice } from './loop-device.ts';

export interface DiskImageOptions {
  /** How Fedora CoreOS numbers its partitions: `2019` boot first, `today` BIOS-BOOT first. */
  readonly layout: '2019' | 'today';
  readonly sectorSizeBytes?: 512 | 4096;
  /** Where the first partition begins; 1 MiB, as tools have it today, if not given. */
  readonly firstOffsetBytes?: number;
  readonly bootSizeBytes?: number;
  readonly rootSizeBytes?: number;
  /** More files for the boot file system, path → content. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether the image brings `ignition.firstboot`, as today's images do. */
  readonly withStamp?: boolean;
  readonly bootLabel?: string;
  readonly rootLabel?: string;
  /** Bytes on the root file system that do not compress; the same for the same number. */
  readonly fillBytes?: number;
  /** A directory whose content the root file system gets instead. */
  readonly rootTree?: string;
  /** The same for the boot file system. */
  readonly bootTree?: string;
}

const MiB = 1024 * 1024;
/** After the root file system, in its partition: data at the end of an image, after many zeros. */
const rootTailSectors = 7;
/** The boot code for a BIOS: the first sector up to the disk's signature and table. */
export const bootCodeBytes = 440;
/** Between the last partition and the backup table. */
const gapSectors = 11;
/** One per user, as no user can write to another's. */
const cacheDirectory = join(tmpdir(), `coreos-installer-test-images-${userInfo().uid}`);
const fixedUuid = '96d15588-3596-4b3c-adca-a2ff7279ea63';
/** Makes file systems come out the same each time. */
const fixedTime = '1575000000';

/** Of partitions, as UEFI and the Discoverable Partitions Specification have them. */
const types = {
  boot: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
  esp: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  bios: '21686148-6449-6E6F-744E-656564454649',
  root: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
} as const;
type Part = keyof typeof types;

const layouts: Record<DiskImageOptions['layout'], readonly Part[]> = {
  '2019': ['boot', 'esp', 'bios', 'root'],
  today: ['bios', 'esp', 'boot', 'root'],
};

const names: Record<Part, string> = {
  boot: 'boot',
  esp: 'EFI-SYSTEM',
  bios: 'BIOS-BOOT',
  root: 'root',
};

export const blsEntryPath = 'loader/entries/ostree-1-fedora-coreos.conf';

const bootFiles: Readonly<Record<string, string>> = {
  [blsEntryPath]: `title Fedora CoreOS 31.20191127.1 (ostree:0)
version 1
options $ignition_firstboot ostree=/ostree/boot.1/fedora-coreos/0123/0 mitigations=auto,nosmt console=tty0 console=ttyS0,115200n8 ignition.platform.id=metal
linux /ostree/fedora-coreos-0123/vmlinuz-5.3.11
initrd /ostree/fedora-coreos-0123/initramfs-5.3.11.img
`,
  'grub2/grub.cfg': `set ignition_firstboot=""
if [ -f "/ignition.firstboot" ]; then
  set ignition_network_kcmdline='rd.neednet=1 ip=dhcp'
  source "/ignition.firstboot"
  set ignition_firstboot="ignition.firstboot $\{ignition_network_kcmdline}"
fi
blscfg
`,
};

/**
 * A small raw disk image with the layout of Fedora CoreOS, with real file systems, and with a size that is
 * a multiple of the sector size only. Made once for the same options and kept in the temporary directory:
 * copy it before changing it.
 */
export async function makeDiskImage(options: DiskImageOptions): Promise<string> {
  const path = join(cacheDirectory, `${hashOf([readFileSync(import.meta.filename), options])}.raw`);
  return await cached(path, (temporary) => buildImage(temporary, options));
}

/**
 * The file compressed by `xz`, `gzip` or `zstd` with these arguments; kept next to it. With one thread by
 * default: since 5.6 xz would use several, and then blocks contain their sizes.
 */
export async function compress(
  path: string,
  tool: 'xz' | 'gzip' | 'zstd',
  args: readonly string[] = [],
): Promise<string> {
  const suffix = { xz: 'xz', gzip: 'gz', zstd: 'zst' }[tool];
  const name = `${path}.${hashOf(args)}.${suffix}`;
  return await cached(name, async (temporary) => {
    await using output = await open(temporary, 'w');
    const threads = tool === 'xz' ? ['-T1'] : [];
    execFileSync(tool, [...threads, ...args, '--stdout', path], {
      stdio: ['ignore', output.fd, 'inherit'],
    });
  });
}

async function cached(path: string, make: (temporary: string) => Promise<void>): Promise<string> {
  if (await stat(path).catch(() => undefined)) return path;
  mkdirSync(cacheDirectory, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(cacheDirectory, 'making-'));
  try {
    const temporary = join(directory, 'made');
    await make(temporary);
    // Another test may have made the same file, and use it: the first one remains. They are not equal
    // to the last byte.
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(directory, { recursive: true });
  }
  return path;
}

async function buildImage(path: string, options: DiskImageOptions): Promise<void> {
  const { layout, sectorSizeBytes = 512, firstOffsetBytes = MiB } = options;
  const sizes = {
    boot: options.bootSizeBytes ?? 8 * MiB,
    esp: 4 * MiB,
    bios: MiB,
    root: rootSizeOf(options) + rootTailSectors * sectorSizeBytes,
  };
  const parts = layouts[layout];
  const endBytes = parts.reduce((sum, part) => sum + sizes[part], firstOffsetBytes);
  const behind = gapSectors + entrySectors({ sectorSizeBytes }) + 1;
  const sizeBytes = endBytes + behind * sectorSizeBytes;
  await writeFile(path, '');
  await using image = await open(path, 'r+');
  await image.truncate(sizeBytes);

  const sector = (bytes: number) => bytes / sectorSizeBytes;
  let startBytes = firstOffsetBytes;
  const places = parts.map((part) => {
    const place = { startBytes, sectors: sector(sizes[part]) };
    startBytes += sizes[part];
    return { part, ...place };
  });
  const table = places.map(({ part, startBytes, sectors }, index) =>
    [
      ...[`start=${sector(startBytes)}`, `size=${sectors}`, `type=${types[part]}`],
      ...[`name="${names[part]}"`, `uuid=${fixedUuid.slice(0, -1)}${index + 1}`],
    ].join(', '),
  );
  // As sgdisk has it, which makes the real ones: whatever lies behind the table can be used.
  const firstLba = 2 + entrySectors({ sectorSizeBytes });
  const head = ['label: gpt', `label-id: ${fixedUuid}`, `first-lba: ${firstLba}`];
  // sgdisk itself takes a second for each table.
  await withTool(path, sizeBytes, sectorSizeBytes, (device) =>
    execFileSync('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', device], {
      input: [...head, ...table].join('\n'),
      stdio: 'pipe',
    }),
  );

  await image.write(noise(bootCodeBytes), 0, bootCodeBytes, 0);
  for (const { part, startBytes } of places) {
    const file = `${path}.${part}`;
    await writeFile(file, '');
    await using partition = await open(file, 'r+');
    await partition.truncate(sizes[part]);
    await fillers[part](file, options);
    // Without the zeros, which are holes here as well.
    const place = [`seek=${startBytes}`, 'oflag=seek_bytes', 'conv=notrunc,sparse', 'bs=512'];
    execFileSync('dd', [`if=${file}`, `of=${path}`, ...place], { stdio: 'pipe' });
    await rm(file);
  }
}

/** sfdisk assumes 512-byte sectors for a file; for others it needs a device. */
async function withTool(
  backingFile: string,
  sizeBytes: number,
  sectorSizeBytes: 512 | 4096,
  work: (device: string) => void,
): Promise<void> {
  if (sectorSizeBytes === 512) return work(backingFile);
  await using device = await loopDevice({ backingFile, sizeBytes, sectorSizeBytes });
  work(device.path);
}

const fillers: Record<Part, (file: string, options: DiskImageOptions) => Promise<void>> = {
  async boot(file, { files, withStamp, bootTree, bootLabel = 'boot' }) {
    if (bootTree) return makeExt4From(file, bootLabel, bootTree);
    const stamp = withStamp ? { 'ignition.firstboot': '' } : {};
    await makeExt4(file, bootLabel, { ...bootFiles, ...stamp, ...files });
  },
  async root(file, options) {
    const { fillBytes = 0, rootTree, rootLabel = 'root', sectorSizeBytes = 512 } = options;
    const content = { 'etc/os-release': 'ID=fedora\n', fill: noise(fillBytes) };
    const sizeBytes = rootSizeOf(options);
    if (rootTree) makeExt4From(file, rootLabel, rootTree, sizeBytes);
    else await makeExt4(file, rootLabel, content, sizeBytes);
    await using partition = await open(file, 'r+');
    await partition.write(noise(rootTailSectors * sectorSizeBytes), 0, undefined, sizeBytes);
  },
  async esp(file, { sectorSizeBytes = 512 }) {
    const sector = ['-S', String(sectorSizeBytes)];
    execFileSync('mkfs.vfat', ['--invariant', '-n', 'EFI-SYSTEM', ...sector, file], {
      stdio: 'pipe',
    });
    execFileSync('mmd', ['-i', file, '::EFI']);
  },
  async bios(file) {
    await writeFile(file, 'GRUB core image', { flag: 'r+' });
  },
};

async function makeExt4(
  file: string,
  label: string,
  content: Readonly<Record<string, string | Buffer>>,
  sizeBytes?: number,
): Promise<void> {
  const directory = `${file}.tree`;
  for (const [name, text] of Object.entries(content)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  makeExt4From(file, label, directory, sizeBytes);
}

/** As large as the file, unless a size is given. */
function makeExt4From(file: string, label: string, directory: string, sizeBytes?: number): void {
  const size = sizeBytes === undefined ? [] : [`${sizeBytes / 1024}k`];
  const extended = `hash_seed=${fixedUuid},root_owner=0:0`;
  execFileSync(
    'mkfs.ext4',
    [
      '-q',
      '-b',
      '4096',
      '-L',
      label,
      '-U',
      fixedUuid,
      '-E',
      extended,
      '-d',
      directory,
      file,
      ...size,
    ],
    { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', E2FSPROGS_FAKE_TIME: fixedTime } },
  );
}

function rootSizeOf({ rootSizeBytes = 8 * MiB }: DiskImageOptions): number {
  return rootSizeBytes;
}

/** Bytes that look random and are the same each time: a cipher's key stream. */
function noise(lengthBytes: number): Buffer {
  const zeros = Buffer.alloc(16);
  return createCipheriv('aes-128-ctr', zeros, zeros).update(Buffer.alloc(lengthBytes));
}

function hashOf(value: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(value));
  return hash.digest('hex').slice(0, 16);
}
