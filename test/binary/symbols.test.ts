import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { shipped } from './program.ts';

/** The newest glibc that a file asks for, as `[2, 28]`; readelf reads any architecture. */
async function newestGlibc(file: string): Promise<number[]> {
  const { stdout } = await execa('readelf', ['--version-info', '--wide', file]);
  const versions = [...stdout.matchAll(/\bGLIBC_([\d.]+)/g)].map(([, version]) =>
    String(version).split('.').map(Number),
  );
  const byNumber = (a: number[], b: number[]) =>
    (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);
  const newest = versions.toSorted(byNumber).at(-1);
  if (newest === undefined) throw new Error(`${file} asks for no version of glibc`);
  return newest;
}

async function neededLibraries(file: string): Promise<string[]> {
  const { stdout } = await execa('readelf', ['--dynamic', '--wide', file]);
  return [...stdout.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => String(name));
}

describe.each(Object.entries(shipped))('%s', (_, { program, addon }) => {
  it.each([
    ['the program', program],
    ['the addon', addon],
  ])('%s runs with glibc 2.28', async (_, file) => {
    const [major, minor] = await newestGlibc(file);
    expect(major).toBe(2);
    expect(minor).toBeLessThanOrEqual(28);
  });

  it('the program needs no library that live systems lack', async () => {
    expect(await neededLibraries(program)).not.toContain('libatomic.so.1');
  });

  it('the addon needs nothing but the C library', async () => {
    const needed = await neededLibraries(addon);
    const partsOfGlibc = /^(libc|libm|libdl|libpthread|ld-linux-[\w-]+)\.so\.\d+$/;
    expect(needed.filter((name) => !partsOfGlibc.test(name))).toEqual([]);
  });
});
