import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** What is shipped, by architecture: the program, and the addon inside it. */
export const shipped = {
  x64: {
    program: join(root, 'dist/coreos-installer'),
    addon: join(root, 'build/linux-x64/native.node'),
  },
  arm64: {
    program: join(root, 'dist/coreos-installer-arm64'),
    addon: join(root, 'build/linux-arm64/native.node'),
  },
} as const;

/** The packaged program for this machine. */
export const program = shipped[process.arch === 'arm64' ? 'arm64' : 'x64'].program;

/** The packaged server for this machine. */
export const provisionProgram = join(
  root,
  'dist',
  basename(program).replace('coreos-installer', 'coreos-provision'),
);

export const isRoot = process.getuid?.() === 0;
