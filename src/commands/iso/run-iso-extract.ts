import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError } from '../../lib/errors.ts';
import { createOutput, outputError, requireFree } from '../../lib/output-file.ts';
import type { IsoFile } from '../../media/iso9660.ts';
import { isPristine, type LiveIso } from '../../media/live-iso.ts';
import { alreadyCustomized, damaged } from '../../media/medium-error.ts';
import { makeMinimal, minimalPatches, openNameless } from '../../media/minimal-iso.ts';
import { writeIso } from '../../media/write-iso.ts';
import { refuseTerminal } from '../../system/binary-output.ts';
import { say } from '../../ui/output.ts';
import { allOrNothing, onMedium, readIso } from '../on-medium.ts';

export interface IsoExtractPxe {
  readonly iso: string;
  readonly outputDir: string;
}

export interface IsoExtractMinimal {
  readonly iso: string;
  /** A new file, or `-` for standard output. */
  readonly output: string;
  readonly outputRootfs?: string;
  readonly rootfsUrl?: string;
}

/** Makes the small ISO; returns the exit code. */
export async function extractMinimal(options: IsoExtractMinimal): Promise<number> {
  const { iso, output, outputRootfs, rootfsUrl } = options;
  return await onMedium(async (signal) => {
    if (output === '-') refuseTerminal();
    else await requireFree(output);
    if (outputRootfs !== undefined) await requireFree(outputRootfs);
    await readIso(iso, async (image) => {
      if (!(await isPristine(image))) throw customizedAlready(iso);
      await using file = await openNameless(output);
      const minimal = await makeMinimal(image, file, signal);
      const patches = await minimalPatches(minimal, rootfsUrl);
      await allOrNothing(async (made) => {
        if (outputRootfs !== undefined) {
          await saveRootfs(image, outputRootfs, signal);
          made(outputRootfs);
        }
        await writeIso(minimal, { patches }, output, signal, 0o666);
      });
    });
  });
}

const customizedAlready = (iso: string) =>
  alreadyCustomized(iso, 'Cannot operate on ISO with embedded customizations');

async function saveRootfs({ fs, name }: LiveIso, path: string, signal: AbortSignal): Promise<void> {
  const rootfs = await fs.find('IMAGES/PXEBOOT/ROOTFS.IMG');
  if (rootfs === undefined) throw damaged(name, 'there is no root file system in it');
  await createOutput(path, fs.pieces(rootfs, signal), { mode: 0o666 });
}

/** Saves the files; returns the exit code. */
export async function extractPxe({ iso, outputDir }: IsoExtractPxe): Promise<number> {
  return await onMedium(async (signal) =>
    readIso(iso, async (image) => {
      const files = await pxeFiles(image);
      await mkdir(outputDir, { recursive: true }).catch((error) => {
        throw outputError(outputDir, error);
      });
      const stem = basename(iso).replace(/\.[^.]+$/, '');
      const outputs = files.map(
        (file) => [file, join(outputDir, `${stem}-${file.name.toLowerCase()}`)] as const,
      );
      for (const [, path] of outputs) await requireFree(path);
      await allOrNothing(async (made) => {
        for (const [file, path] of outputs) {
          await createOutput(path, image.fs.pieces(file, signal), { mode: 0o666 });
          made(path);
        }
        for (const [, path] of outputs) say(path);
      });
    }),
  );
}

async function pxeFiles({ fs, name }: LiveIso): Promise<IsoFile[]> {
  const directory = await fs.find('IMAGES/PXEBOOT');
  if (!directory?.isDirectory)
    throw new InputError({
      code: 'medium-content-missing',
      failed: `Cannot save the PXE files of ${name}`,
      why: 'there are none in it: it is a minimal ISO, or one of something else',
      next: 'Give the full live ISO.',
    });
  const files = (await fs.list(directory)).filter(({ isDirectory }) => !isDirectory);
  for (const file of files) {
    // Names in an ISO may be anything.
    if (!/^[A-Z0-9_.-]+$/i.test(file.name) || /^\.+$/.test(file.name))
      throw damaged(name, `it contains a file with the name ${file.name}`);
    fs.check(file);
  }
  return files;
}
