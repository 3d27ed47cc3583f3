import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

const branch = 'test/stable';
const stateRoot = 'test';

/** The kernel arguments of Fedora CoreOS that the installer or GRUB replaces, and one with a space. */
const kernelArguments = ['$ignition_firstboot', 'rw', 'ignition.platform.id=metal', 'a="b c"'];

/** A directory as ostree arranges the root file system, with the boot file system at `boot`. */
export class OstreeSysroot {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes one with a single deployment in a new directory. */
  static async make(directory: string): Promise<OstreeSysroot> {
    await mkdir(join(directory, 'boot'), { recursive: true });
    const sysroot = new OstreeSysroot(directory);
    await sysroot.#ostree('admin', 'init-fs', '--modern', directory);
    await sysroot.#ostree('config', 'set', 'sysroot.bootloader', 'none');
    await sysroot.#ostree('admin', 'os-init', stateRoot);
    await sysroot.#deploy(
      '1',
      kernelArguments.map((argument) => `--karg-append=${argument}`),
    );
    return sysroot;
  }

  /** One that exists already: a mount point. */
  static at(directory: string): OstreeSysroot {
    return new OstreeSysroot(directory);
  }

  /** Adds a deployment of a new version, which boots from now on. */
  async upgrade(version: string, ...options: string[]): Promise<void> {
    await this.#deploy(version, options);
  }

  /** The text of the boot entries by name, as a boot loader finds them: through the link. */
  async entries(): Promise<Map<string, string>> {
    const directory = join(this.directory, 'boot/loader/entries');
    const names = (await readdir(directory)).sort();
    const texts = names.map(
      async (name) => [name, await readFile(join(directory, name), 'utf8')] as const,
    );
    return new Map(await Promise.all(texts));
  }

  /** Removes the directory: ostree makes deployments immutable. */
  async remove(): Promise<void> {
    await execa('chattr', ['-R', '-i', join(this.directory, 'ostree/deploy')], { reject: false });
    await rm(this.directory, { recursive: true, force: true });
  }

  async #deploy(version: string, options: readonly string[]): Promise<void> {
    const tree = `${this.directory}-tree`;
    const files = {
      'usr/lib/os-release': `ID=test\nPRETTY_NAME="Test (${version})"\nVERSION_ID=${version}\n`,
      'usr/lib/modules/6.1/vmlinuz': `kernel of ${version}`,
      'usr/lib/modules/6.1/initramfs.img': `initramfs of ${version}`,
      'usr/etc/default': version,
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(tree, name)), { recursive: true });
      await writeFile(join(tree, name), text);
    }
    await chmod(tree, 0o755);
    const metadata = `--add-metadata-string=version=${version}`;
    await this.#ostree('commit', `--branch=${branch}`, `--tree=dir=${tree}`, metadata);
    await rm(tree, { recursive: true });
    await this.#ostree('admin', 'deploy', `--os=${stateRoot}`, ...options, branch);
  }

  async #ostree(...words: string[]): Promise<void> {
    const [where, rest] =
      words[0] === 'admin'
        ? [`--sysroot=${this.directory}`, words]
        : [`--repo=${this.directory}/ostree/repo`, words];
    await execa('ostree', words[1] === 'init-fs' ? rest : [...rest, where]);
  }
}
