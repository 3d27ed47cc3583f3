import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The consoles of a platform, as in `grub.cfg` and in the boot entry. */
const serial = {
  grub_commands: [
    'serial --unit=0 --speed=115200',
    'terminal_output serial',
    'terminal_input serial',
  ],
  kernel_arguments: ['console=tty0', 'console=ttyS0,115200n8'],
};

/**
 * Lays out what is on the boot partition besides what ostree puts there: GRUB's files, the consoles of
 * the platforms, the stamp. The arguments are the kernel's on the first boot, unless the stamp has others.
 */
export async function makeBootTree(
  tree: string,
  grubConfig: string,
  firstBootArguments: string,
): Promise<void> {
  // The signed GRUB for UEFI has them inside.
  const modules = '/usr/lib/grub/i386-pc';
  await mkdir(join(tree, 'grub2/i386-pc'), { recursive: true });
  for (const module of await linuxModules(modules))
    await cp(join(modules, module), join(tree, 'grub2/i386-pc', module));
  const config = await readFile(grubConfig, 'utf8');
  await writeFile(
    join(tree, 'grub2', 'grub.cfg'),
    config.replace('@first-boot-arguments@', firstBootArguments),
  );
  await mkdir(join(tree, 'coreos'));
  const platforms = JSON.stringify({ metal: serial, qemu: serial });
  await writeFile(join(tree, 'coreos', 'platforms.json'), platforms);
  await writeFile(join(tree, 'ignition.firstboot'), '');
}

/** `linux.mod` and what it needs, from the platform's own list of dependencies. */
async function linuxModules(directory: string): Promise<string[]> {
  const list = await readFile(join(directory, 'moddep.lst'), 'utf8');
  const needs = new Map<string, string[]>();
  for (const line of list.split('\n')) {
    const [name, rest] = line.split(':');
    if (name) needs.set(name, (rest ?? '').trim().split(/\s+/).filter(Boolean));
  }
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const need of needs.get(name) ?? []) add(need);
  };
  add('linux');
  return [...found].map((name) => `${name}.mod`);
}
