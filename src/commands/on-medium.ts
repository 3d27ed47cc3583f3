import { mkdir, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exitCodes, InputError } from '../lib/errors.ts';
import { createOutput, outputError, replaceOutput } from '../lib/output-file.ts';
import { printableJson } from '../lib/text.ts';
import type { Members } from '../media/cpio.ts';
import { keyfilePath, keyfilesIn } from '../media/live-files.ts';
import { type LiveIso, openLiveIso } from '../media/live-iso.ts';
import { openFile } from '../media/open-file.ts';
import type { Patch } from '../media/patch.ts';
import { type IsoChange, writeIso } from '../media/write-iso.ts';
import { refuseTerminal, writeToStandardOutput } from '../system/binary-output.ts';
import { requireOutput } from '../system/standard-output.ts';
import { say } from '../ui/output.ts';
import { readConfig } from './read-config.ts';
import { untilInterrupted } from './until-interrupted.ts';

/**
 * Runs a command for a medium. Resolves with 0, 1 or 2, as tools expect of these commands, or the code of
 * a signal.
 */
export async function onMedium(work: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const exitCode = await untilInterrupted(async (signal) => {
    await work(signal);
    await requireOutput();
    return exitCodes.installed;
  });
  const isOther = exitCode > exitCodes.parameters && exitCode < exitCodes.signalBase;
  return isOther ? exitCodes.internal : exitCode;
}

export interface Change {
  readonly iso: string;
  /** A new file, or `-` for standard output; undefined to change the image itself. */
  readonly output: string | undefined;
  readonly signal: AbortSignal;
}

/** Changes an image as planned. Throws `InstallerError`. */
export async function changeIso(
  { iso, output, signal }: Change,
  plan: (image: LiveIso) => Promise<readonly Patch[] | IsoChange>,
): Promise<void> {
  if (output === '-') refuseTerminal();
  await using opened = await openFile(iso, output === undefined ? 'change' : 'read');
  const image = await openLiveIso(opened.file, opened.name, opened.sizeBytes);
  const planned = await plan(image);
  // What was read until then may be a part only.
  signal.throwIfAborted();
  await writeIso(image, 'patches' in planned ? planned : { patches: planned }, output, signal);
}

/** Reads from an image. Throws `InstallerError`. */
export async function readIso<T>(iso: string, read: (image: LiveIso) => Promise<T>): Promise<T> {
  await using opened = await openFile(iso, 'read');
  return await read(await openLiveIso(opened.file, opened.name, opened.sizeBytes));
}

/** An archive, to a file that is replaced, or to standard output. */
export async function writeArchive(
  output: string | undefined,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (output === undefined || output === '-') {
    refuseTerminal();
    await writeToStandardOutput([bytes]);
  } else await replaceOutput(output, [bytes]);
}

/** Files that were made are removed if the work, or its output, fails: the same command can be run again. */
export async function allOrNothing(
  work: (made: (path: string) => void) => Promise<void>,
): Promise<void> {
  const paths: string[] = [];
  try {
    await work((path) => paths.push(path));
    await requireOutput();
  } catch (error) {
    for (const path of paths) await unlink(path).catch(() => {});
    throw error;
  }
}

/** The files that options name, by their last parts. Throws `InputError` where two are the same. */
export async function readKeyfiles(paths: readonly string[]): Promise<Map<string, Uint8Array>> {
  const members = new Map<string, Uint8Array>();
  for (const path of paths) {
    const name = basename(path);
    if (members.has(keyfilePath(name)))
      throw new InputError({
        code: 'customization-invalid',
        failed: `Cannot use ${path}`,
        why: `multiple input files named ${name}`,
        next: 'Rename one of them.',
      });
    members.set(keyfilePath(name), await readConfig(path, path));
  }
  return members;
}

/** The same with their names as paths. */
export const filesOf = (members: Members) =>
  [...members].map(([path, bytes]) => ({ path: basename(path), bytes }));

/** Prints the keyfiles, or saves them in a directory and prints their paths. */
export async function extractKeyfiles(
  members: Members,
  source: string,
  directory: string | undefined,
): Promise<void> {
  const keyfiles = keyfilesIn(members);
  if (keyfiles.length === 0) throw nothingIn(source, 'No embedded network settings');
  if (directory !== undefined)
    await mkdir(directory, { recursive: true }).catch((error) => {
      throw outputError(directory, error);
    });
  await allOrNothing(async (made) => {
    for (const [index, [name, bytes]] of keyfiles.entries()) {
      if (directory === undefined) {
        if (index > 0) say('');
        say(`########## ${name} ##########`);
        printText(bytes);
      } else {
        const path = join(directory, name);
        await createOutput(path, [bytes]);
        made(path);
        say(path);
      }
    }
  });
}

/** What was asked for is not there; `why` as scripts may expect it. */
export function nothingIn(source: string, why: string): InputError {
  return new InputError({
    code: 'medium-content-missing',
    failed: `Cannot show what is in ${source}`,
    why,
    next: 'Check that it is the customized file.',
  });
}

/** A file's bytes as they are; on a terminal without what could control it. */
export function printText(bytes: Uint8Array): void {
  process.stdout.write(
    process.stdout.isTTY ? printableJson(Buffer.from(bytes).toString('utf8')) : bytes,
  );
}
