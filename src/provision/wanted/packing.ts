import { decoderMemoryBytes, defaultJobs } from '../../commands/decoder-limits.ts';

/** How an image can be packed again, each by the program of that name; and how such a file ends. */
export const packings = ['zstd', 'xz'] as const;
export type Packing = (typeof packings)[number];
export const suffixes: Readonly<Record<Packing, string>> = { zstd: 'zst', xz: 'xz' };

/**
 * zstd: one frame, since the installer decodes zstd on one core, whatever the frames. Its window of 8 MiB
 * is all that decoding takes.
 * xz: blocks of 16 MiB and, by `-7`, a dictionary of this size; each is decoded on a core of its own.
 */
const fixed = { zstd: ['-19', '--quiet'], xz: ['-7', '--block-size=16MiB'] } as const;

/** Memory for each thread of the program, measured with these arguments. */
const threadBytes = 256 * 1024 * 1024;

/** The arguments with which a program packs an image of that size, from its input to its output. */
export function packerArguments(packing: Packing, sizeBytes: number): string[] {
  const threads = Math.min(defaultJobs(), Math.floor(decoderMemoryBytes() / threadBytes));
  // Read by the installer, before it writes; xz writes the size at its end.
  const size = packing === 'zstd' ? [`--stream-size=${sizeBytes}`] : [];
  return [...fixed[packing], `--threads=${Math.max(1, threads)}`, ...size, '--stdout'];
}
