import { mkdir, mkdtemp, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import { fixture } from '../../support/fixture.ts';
import { tableOn } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { lacks } from '../../support/needs.ts';
import { OstreeSysroot } from '../../support/ostree-sysroot.ts';

let directory: string;
/** Images that no other test uses. */
let images: string[];

beforeEach(async () => {
  directory = await mkdtemp('/var/tmp/coreos-installer-ostree-');
  images = [];
});
afterEach(async () => {
  await OstreeSysroot.at(join(directory, 'made')).remove();
  await OstreeSysroot.at(join(directory, 'installed')).remove();
  for (const path of [...images, directory]) await rm(path, { recursive: true });
});

describe.skipIf(lacks('ostree', 'chattr'))('boot entries that ostree wrote', () => {
  test.each(['2019', 'today'] as const)(
    'two of them, in the layout of %s: the platform is in both, and in those of later updates, once',
    async (layout) => {
      const made = await makeWithTwo();
      const original = await made.entries();

      await using it = await fixture({ image: { ...(await treesOf(made)), layout } });
      images.push(it.imagePath, it.servedPath);
      const { exitCode, stderr } = await runInstaller({ args: [...it.args, '-p', 'qemu'] });
      expect(exitCode, stderr).toBe(0);

      const installed = await copyOf(it.disk.path);
      // Nothing else has changed, and nothing has been added.
      const changed = [...(await installed.entries())].map(([name, text]) => {
        expect(text.match(/ignition\.platform\.id=\S*/g)).toEqual(['ignition.platform.id=qemu']);
        return [name, withoutPlatform(text)] as const;
      });
      expect(changed).toEqual([...original].map(([name, text]) => [name, withoutPlatform(text)]));

      await installed.upgrade('3');
      expect(await platforms(installed)).toEqual(['qemu', 'qemu']);
      await installed.upgrade('4', '--karg-append=later=yes');
      await installed.upgrade('5');
      expect(await platforms(installed)).toEqual(['qemu', 'qemu']);
      const latest = [...(await installed.entries()).values()].find((text) =>
        /^version 2$/m.test(text),
      );
      const words = /^options (.*)$/m.exec(latest ?? '')?.[1];
      expect(words).toMatch(/^\$ignition_firstboot rw .*a="b c".* later=yes$/);
    },
  );

  test('arguments that were added and removed stay so in later updates, in their order', async () => {
    const made = await makeWithTwo();
    const original = await made.entries();
    await using it = await fixture({ image: await treesOf(made) });
    images.push(it.imagePath, it.servedPath);
    const added = ['console=tty0', 'x="1 2"', 'console=ttyS0,115200n8', 'y'];
    const { exitCode, stderr } = await runInstaller({
      args: [...it.args, ...added.flatMap((one) => ['--append-karg', one]), '--delete-karg', 'rw'],
    });
    expect(exitCode, stderr).toBe(0);

    const installed = await copyOf(it.disk.path);
    expect([...(await installed.entries()).values()]).toEqual(
      [...original.values()].map((text) =>
        text.replace(/^(options .*) rw(.*)$/m, (_, before, after) =>
          [before + after, ...added].join(' '),
        ),
      ),
    );
    await installed.upgrade('3');
    await installed.upgrade('4');
    for (const text of (await installed.entries()).values()) {
      const words = parseKernelArguments(/^options (.*)$/m.exec(text)?.[1] ?? '');
      const raws = words.map(({ raw }) => raw);
      expect(raws).not.toContain('rw');
      expect(raws.filter((raw) => raw.startsWith('console='))).toEqual([added[0], added[2]]);
      for (const one of added) expect(raws).toContain(one);
    }
  });

  test('without a platform, every entry and the link to them are those of the image', async () => {
    const made = await makeWithTwo();
    await using it = await fixture({ image: await treesOf(made) });
    images.push(it.imagePath, it.servedPath);
    const { exitCode, stderr } = await runInstaller({ args: it.args });
    expect(exitCode, stderr).toBe(0);

    const installed = await copyOf(it.disk.path);
    expect(await installed.entries()).toEqual(await made.entries());
    const loader = (sysroot: OstreeSysroot) => readlink(join(sysroot.directory, 'boot/loader'));
    expect(await loader(installed)).toBe(await loader(made));
    await installed.upgrade('3');
    expect(await loader(installed)).not.toBe(await loader(made));
    expect(await platforms(installed)).toEqual(['metal', 'metal']);
  });
});

async function makeWithTwo(): Promise<OstreeSysroot> {
  const made = await OstreeSysroot.make(join(directory, 'made'));
  await made.upgrade('2');
  return made;
}

/** The file systems of an image, from a sysroot. */
async function treesOf({
  directory,
}: OstreeSysroot): Promise<{ bootTree: string; rootTree: string }> {
  const bootTree = `${directory}-boot`;
  await execa('cp', ['-a', join(directory, 'boot'), bootTree]);
  return { bootTree, rootTree: directory };
}

/** What is on an installed disk: read without mounting it, so that it can be changed. */
async function copyOf(disk: string): Promise<OstreeSysroot> {
  const copy = join(directory, 'installed');
  const extract = async (name: string, to: string) => {
    const table = await tableOn(disk);
    const partition = table?.partitions.find((candidate) => candidate.name === name);
    if (partition === undefined) throw new Error(`no partition ${name}`);
    await mkdir(to, { recursive: true });
    const fileSystem = `${disk}?offset=${partition.offsetBytes}`;
    await execa('debugfs', ['-R', `rdump / ${to}`, fileSystem]);
  };
  await extract('root', copy);
  await rm(join(copy, 'boot'), { recursive: true });
  await extract('boot', join(copy, 'boot'));
  return OstreeSysroot.at(copy);
}

async function platforms(sysroot: OstreeSysroot): Promise<string[]> {
  const texts = [...(await sysroot.entries()).values()];
  return texts.flatMap((text) =>
    [...text.matchAll(/ignition\.platform\.id=(\S*)/g)].map(([, id = '']) => id),
  );
}

function withoutPlatform(text: string): string {
  return text.replace(/ ignition\.platform\.id=\S*/, '');
}
