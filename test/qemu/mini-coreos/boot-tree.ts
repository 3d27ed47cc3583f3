import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Lays out what is on the boot partition besides what ostree puts there: GRUB's files, the stamp. */
export async function makeBootTree(tree: string, grubConfig: string): Promise<void> {
  for (const platform of ['i386-pc', 'x86_64-efi']) {
    await mkdir(join(tree, 'grub2', platform), { recursive: true });
    for (const module of await linuxModules(platform)) {
      await cp(`/usr/lib/grub/${platform}/${module}`, join(tree, 'grub2', platform, module));
    }
  }
  await cp(grubConfig, join(tree, 'grub2', 'grub.cfg'));
  await writeFile(join(tree, 'ignition.firstboot'), '');
}

/** `linux.mod` and what it needs, from the platform's own list of dependencies. */
async function linuxModules(platform: string): Promise<string[]> {
  const list = await readFile(`/usr/lib/grub/${platform}/moddep.lst`, 'utf8');
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
