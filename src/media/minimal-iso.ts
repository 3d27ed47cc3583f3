import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type NamedFile, piecesOf } from '../lib/file-range.ts';
import { outputError, writeAll } from '../lib/output-file.ts';
import { ByteReader } from './byte-reader.ts';
import { unpack } from './initrd.ts';
import { jsonLimitBytes } from './json-files.ts';
import { kargsPatches, requireKargsAreas } from './kargs-areas.ts';
import { type LiveIso, openLiveIso } from './live-iso.ts';
import { editKargs, requireLiteral } from './live-kargs.ts';
import { damaged, lacksMinimal, readingArchive } from './medium-error.ts';
import { type MinimalRecipe, readRecipe, withDefaultKargs } from './miniso.ts';
import type { Patch } from './patch.ts';

/** What a minimal ISO has in addition to files of the full one. */
const restLimitBytes = 256 * 1024 * 1024;

/** Makes the minimal ISO of a full one, verified by its digest. Throws `InputError`. */
export async function* unpackMinimal(
  { file, fs, name }: LiveIso,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const recipe = await readRecipe(fs, name);
  const hash = createHash('sha256');
  for await (const piece of assemble({ file, name }, recipe)) {
    signal.throwIfAborted();
    hash.update(piece);
    yield piece;
  }
  const digest = hash.digest('hex');
  if (digest !== recipe.sha256)
    throw damaged(name, `wrong final digest: ${digest} instead of ${recipe.sha256}`);
}

async function* assemble(full: NamedFile, recipe: MinimalRecipe): AsyncGenerator<Uint8Array> {
  const room = { leftBytes: restLimitBytes, limitBytes: restLimitBytes };
  const packed = new ByteReader(
    (async function* () {
      yield recipe.rest;
    })(),
  );
  const rest = new ByteReader(unpack(packed, 'xz', room));
  let at = 0;
  for (const { minimalStartBytes, fullStartBytes, sizeBytes } of recipe.copies) {
    while (at < minimalStartBytes) {
      const piece = (await rest.some()).subarray(0, minimalStartBytes - at);
      // The digest is wrong then, too.
      if (piece.length === 0) return;
      yield piece;
      rest.used(piece.length);
      at += piece.length;
    }
    yield* piecesOf(full, { startBytes: fullStartBytes, sizeBytes });
    at += sizeBytes;
  }
  for (;;) {
    const piece = await rest.some();
    if (piece.length === 0) return;
    yield piece;
    rest.used(piece.length);
  }
}

/** A file without a name, which vanishes with its handle, next to the output or for standard output. */
export async function openNameless(output: string): Promise<FileHandle> {
  const directory = output === '-' ? tmpdir() : dirname(output);
  const path = join(directory, `.coreos-installer.${randomBytes(8).toString('hex')}`);
  try {
    const file = await open(path, 'wx+', 0o600);
    await unlink(path);
    return file;
  } catch (error) {
    throw outputError(path, error);
  }
}

/** Fills a file with the minimal ISO of a full one, and opens it. Throws `InstallerError`. */
export async function makeMinimal(
  full: LiveIso,
  into: FileHandle,
  signal: AbortSignal,
): Promise<LiveIso> {
  let sizeBytes = 0;
  const write = async () => {
    for await (const piece of unpackMinimal(full, signal)) {
      await writeAll(into, piece).catch((error) => {
        throw outputError('the minimal ISO', error);
      });
      sizeBytes += piece.length;
    }
  };
  await readingArchive(full.name, 'Download it again.', write());
  return await openLiveIso(into, `the minimal ISO of ${full.name}`, sizeBytes);
}

/** Its root file system is elsewhere: what has to be written for that. Throws `InstallerError`. */
export async function minimalPatches(
  { fs, kargs, name }: LiveIso,
  rootfsUrl: string | undefined,
): Promise<Patch[]> {
  const areas = requireKargsAreas(kargs, name);
  const json = await fs.find('COREOS/KARGS.JSO');
  if (json === undefined) throw lacksMinimal(name, 'there is no COREOS/KARGS.JSO in it');
  const remove = areas.default.split(/\s+/).filter((karg) => karg.startsWith('coreos.liveiso='));
  const defaults = editKargs(areas.default, { remove, append: [], replace: [] });
  const append = rootfsUrl === undefined ? [] : [`coreos.live.rootfs_url=${rootfsUrl}`];
  requireLiteral(append);
  const text = (await fs.read(json, jsonLimitBytes)).toString('utf8');
  return [
    { ...json, bytes: withDefaultKargs(text, defaults, name) },
    ...kargsPatches(areas, editKargs(defaults, { remove: [], append, replace: [] }), name),
  ];
}
