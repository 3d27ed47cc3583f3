import { closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InputError } from '../../lib/errors.ts';
import { outputError } from '../../lib/output-file.ts';
import type { VisitMember } from '../../media/cpio-reader.ts';
import { visitInitrdFile } from '../../media/live-initrd.ts';
import type { Glob } from '../../parameters/glob.ts';
import { say } from '../../ui/output.ts';
import { allOrNothing, onMedium } from '../on-medium.ts';

export interface DevShowInitrd {
  /** `-` is standard input. */
  readonly initrd: string;
  /** Whether a path is wanted. */
  readonly matches: Glob;
}

export interface DevExtractInitrd extends DevShowInitrd {
  readonly directory: string;
  readonly verbose?: true;
}

/** Prints the paths; returns the exit code. */
export async function showInitrd({ initrd, matches }: DevShowInitrd): Promise<number> {
  return await onMedium(async (signal) => {
    const paths = new Set<string>();
    const visit: VisitMember = ({ path }) => {
      if (matches(path)) paths.add(path);
      return undefined;
    };
    await visitInitrdFile(initrd, visit, signal);
    for (const path of [...paths].toSorted()) say(path);
  });
}

/** Saves the files; returns the exit code. */
export async function extractInitrd(options: DevExtractInitrd): Promise<number> {
  const { initrd, matches, directory, verbose } = options;
  return await onMedium((signal) =>
    allOrNothing(async (made) => {
      const own = new Set<string>();
      let open: number | undefined;
      const close = () => {
        if (open !== undefined) closeSync(open);
        open = undefined;
      };
      try {
        const visit: VisitMember = ({ path }) => {
          close();
          if (!matches(path)) return undefined;
          const target = join(directory, safePath(path, initrd));
          const fd = create(target, own);
          open = fd;
          made(target);
          if (verbose) say(target);
          return (bytes) => write(fd, bytes, target);
        };
        await visitInitrdFile(initrd, visit, signal);
      } finally {
        close();
      }
    }),
  );
}

/** Nothing is saved outside of the directory. */
function safePath(path: string, initrd: string): string {
  const isSafe = path !== '' && !path.includes('\0') && !path.split('/').includes('..');
  if (isSafe) return path;
  throw new InputError({
    code: 'file-name-unusable',
    failed: `Cannot save what is in ${initrd}`,
    why: `it contains a file with the path ${path}`,
    next: 'Do not use this file.',
  });
}

/** Only what this run has created may be replaced: the last file of one name counts. */
function create(target: string, own: Set<string>): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
  try {
    mkdirSync(dirname(target), { recursive: true });
    const fd = openSync(target, flags | (own.has(target) ? constants.O_TRUNC : constants.O_EXCL));
    own.add(target);
    return fd;
  } catch (error) {
    throw outputError(target, error);
  }
}

function write(fd: number, bytes: Uint8Array, target: string): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  } catch (error) {
    throw outputError(target, error);
  }
}
