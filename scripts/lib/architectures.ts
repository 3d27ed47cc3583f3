/** The architectures that binaries are built for, by Node's names. */
export const architectures = {
  x64: { debian: 'amd64', gnu: 'x86_64-linux-gnu' },
  arm64: { debian: 'arm64', gnu: 'aarch64-linux-gnu' },
} as const;

export type Architecture = keyof typeof architectures;

/** The oldest glibc of the live systems on which the binary must run. */
export const glibcVersion = '2.28';
