/** The machines that binaries are made for, by Node's name of the architecture. */
export const architectures = {
  x64: { debian: 'amd64', gnu: 'x86_64-linux-gnu' },
  arm64: { debian: 'arm64', gnu: 'aarch64-linux-gnu' },
} as const;

export type Architecture = keyof typeof architectures;

/** Live systems that the binary must run on go back to this glibc. */
export const glibcVersion = '2.28';
