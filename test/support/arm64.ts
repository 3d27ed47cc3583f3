import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const root = join(import.meta.dirname, '../..');
const sysroot = join(root, 'build/sysroot-arm64');

/** The packaged program for arm64. */
export const arm64Binary = join(root, 'dist/coreos-installer-arm64');

/** False on a distribution where the libraries for the emulator are not available; see `make test`. */
export const canRunArm64 = process.arch === 'arm64' || existsSync(sysroot);

/** The arm64 program with its arguments, under qemu's user emulation where that is needed. */
export function arm64Command(args: readonly string[]): string[] {
  const emulator = process.arch === 'arm64' ? [] : ['qemu-aarch64-static', '-L', sysroot];
  return [...emulator, arm64Binary, ...args];
}

/**
 * Runs the arm64 program, under qemu's user emulation on a machine of another architecture.
 * Programs that it starts itself (mount, sgdisk) are the machine's own. Allow it some seconds.
 */
export async function runArm64(args: readonly string[], env: Record<string, string> = {}) {
  const [program, ...rest] = arm64Command(args);
  return await execa(program ?? arm64Binary, rest, { env, reject: false });
}
