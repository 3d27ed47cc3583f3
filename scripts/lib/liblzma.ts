import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Architecture, architectures } from './architectures.ts';
import { openSuite, type Suite } from './debian.ts';
import { buildDir, inPackage, root } from './paths.ts';
import { zigConfigureEnv } from './zig.ts';

/** A static liblzma to link with. */
export interface Liblzma {
  readonly includeDir: string;
  readonly library: string;
}

/** Which Debian package holds liblzma, and what exactly is accepted. */
interface Pin {
  readonly suite: string;
  readonly package: string;
  readonly version: string;
  readonly sha256: Readonly<Record<string, string>>;
}

let suite: Promise<Suite> | undefined;

/**
 * The pinned liblzma of Debian's stable release: its x86-64 decoder is twice as fast as the one
 * that lzma-native carries, which is the fallback where Debian's archive cannot be reached.
 */
export async function obtainLiblzma(architecture: Architecture): Promise<Liblzma> {
  try {
    return await fromDebian(architecture);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.warn(`
Debian's liblzma, pinned in native/liblzma.json, could not be had:
${why}
Building the one inside lzma-native instead: it decodes correctly, at half the speed.
`);
    return await fromTarball(architecture);
  }
}

async function fromDebian(architecture: Architecture): Promise<Liblzma> {
  const pin: Pin = JSON.parse(await readFile(join(root, 'native/liblzma.json'), 'utf8'));
  const { debian, gnu } = architectures[architecture];
  const into = join(buildDir, `linux-${architecture}`, 'liblzma');
  suite ??= openSuite(pin.suite);
  await (await suite).extract(`${pin.package}:${debian}=${pin.version}`, into, pin.sha256[debian]);
  return {
    includeDir: join(into, 'usr/include'),
    library: join(into, 'usr/lib', gnu, 'liblzma.a'),
  };
}

async function fromTarball(architecture: Architecture): Promise<Liblzma> {
  const dir = join(buildDir, `linux-${architecture}`, 'liblzma-bundled');
  const tarball = inPackage('lzma-native', 'deps/xz-5.2.3.tar.bz2');
  await mkdir(dir, { recursive: true });
  const inDir = { cwd: dir, env: zigConfigureEnv(architecture, '-O3 -fPIC') };
  await execa('tar', ['-xjf', tarball, '--strip-components=1'], inDir);
  const onlyTheLibrary = ['xz', 'xzdec', 'lzmadec', 'lzmainfo', 'lzma-links', 'scripts', 'doc'];
  await execa(
    './configure',
    [
      `--host=${architectures[architecture].gnu}`,
      '--enable-static',
      '--disable-shared',
      '--disable-nls',
      ...onlyTheLibrary.map((part) => `--disable-${part}`),
    ],
    inDir,
  );
  await execa('make', ['-C', 'src/liblzma'], inDir);
  return {
    includeDir: join(dir, 'src/liblzma/api'),
    library: join(dir, 'src/liblzma/.libs/liblzma.a'),
  };
}
