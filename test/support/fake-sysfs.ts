import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** Attributes of a device by name (`queue/logical_block_size`), the number as `dev`. */
export type Attributes = Readonly<Record<string, string>> & { readonly dev: string };

export interface FakeSystem extends AsyncDisposable {
  readonly sysRoot: string;
  readonly procRoot: string;
  /** Adds a disk, or with `of` a partition of one. */
  add(name: string, attributes: Attributes, of?: string): void;
  /** Enters `holder` as built on `device`. */
  hold(device: string, holder: string): void;
  /** Enters a btrfs that is made of these devices. */
  btrfs(uuid: string, ...devices: readonly string[]): void;
  /** Adds a file under /proc. */
  proc(name: string, content: string): void;
  /** Adds a link under /proc. */
  procLink(name: string, target: string): void;
}

/** A fake /sys and /proc, for devices that the test machine does not have. */
export async function fakeSystem(): Promise<FakeSystem> {
  const root = await mkdtemp(join(tmpdir(), 'coreos-installer-sysfs-'));
  const sysRoot = join(root, 'sys');
  const procRoot = join(root, 'proc');
  const directories = new Map<string, string>();

  const write = (path: string, content: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  const link = (path: string, target: string) => {
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(relative(dirname(path), target), path);
  };
  const directoryOf = (name: string) => {
    const directory = directories.get(name);
    if (!directory) throw new Error(`no device ${name}`);
    return directory;
  };
  mkdirSync(procRoot, { recursive: true });

  return {
    sysRoot,
    procRoot,
    add(name, attributes, of) {
      const directory = of ? join(directoryOf(of), name) : join(sysRoot, 'devices/pci/block', name);
      directories.set(name, directory);
      for (const [file, value] of Object.entries(attributes)) {
        write(join(directory, file), `${value}\n`);
      }
      link(join(sysRoot, 'dev/block', attributes.dev), directory);
      if (!of) link(join(sysRoot, 'block', name), directory);
    },
    hold(device, holder) {
      link(join(directoryOf(device), 'holders', holder), directoryOf(holder));
      link(join(directoryOf(holder), 'slaves', device), directoryOf(device));
    },
    btrfs(uuid, ...devices) {
      for (const device of devices)
        link(join(sysRoot, 'fs/btrfs', uuid, 'devices', device), directoryOf(device));
    },
    proc(name, content) {
      write(join(procRoot, name), content);
    },
    procLink(name, target) {
      const path = join(procRoot, name);
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(target, path);
    },
    async [Symbol.asyncDispose]() {
      await rm(root, { recursive: true });
    },
  };
}
