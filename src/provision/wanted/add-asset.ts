import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { detectFormat } from '../../decode/format.ts';
import { saveSmallFile } from '../../download/partial-file.ts';
import { type SavedFile, saveFile } from '../../download/save-file.ts';
import type { SaveOptions } from '../../download/save-options.ts';
import { writeError } from '../../download/write-error.ts';
import { hasBytes } from '../../lib/bytes.ts';
import { InputError } from '../../lib/errors.ts';
import { requireTools } from '../../system/tools.ts';
import {
  type Asset,
  type AssetRecord,
  assetPath,
  assetsDirectory,
  findRecord,
  recordPath,
} from './assets.ts';
import type { Packing } from './packing.ts';
import { removeAbandoned, repack, roomToRepack } from './repack.ts';

/** What a file is for, as the key of a profile. */
export type AssetRole = 'image' | 'kernel' | 'initramfs';

export interface AddedAsset {
  readonly asset: Asset;
  /** What was published, where the image was packed again. */
  readonly packedFrom: Asset | undefined;
  readonly role: AssetRole;
  readonly wasThere: boolean;
  readonly warnings: readonly string[];
}

/** The first bytes that show what a file is. */
const headBytes = 64 * 1024;

type AddOptions = Omit<SaveOptions, 'directory' | 'decompress' | 'jobs' | 'memoryLimitBytes'> & {
  /** Packs an image again, after it was verified. */
  readonly packing?: Packing | undefined;
};

/**
 * Takes a file or the file at a URL into assets/, under the name of its SHA-256, verified as for an
 * installation that requires a signature, unless it is a kernel or an initramfs of one's own. It can be
 * referred to when all of it is there: last, a record of it is written. An interrupted download is
 * continued by the next run. Throws `InputError` and `WriteError`.
 */
export async function addAsset(
  directory: string,
  location: string,
  options: AddOptions,
): Promise<AddedAsset> {
  if (options.packing !== undefined) requireTools([options.packing]);
  const incoming = join(directory, assetsDirectory, '.incoming');
  try {
    await mkdir(incoming, { recursive: true });
    await removeAbandoned(incoming);
    const own = await isOwnLoader(location);
    const saved = await saveFile(
      {
        url: { value: location, origin: { kind: 'option', name: 'image add' } },
        signatureUrl: undefined,
        sha256: undefined,
      },
      {
        ...options,
        insecure: options.insecure || own,
        ...(options.packing && { roomBesides: roomToRepack }),
        // An interrupted run may have left one of the same name.
        mayBeAnother: true,
        ...{ directory: incoming, decompress: false, jobs: 1, memoryLimitBytes: 0 },
      },
    );
    const warnings = own && !options.insecure ? [] : saved.warnings;
    return { ...(await moved(directory, saved, options)), warnings };
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? writeError(incoming, error) : error;
  }
}

async function moved(
  directory: string,
  { path, signaturePath, verified }: SavedFile,
  { packing, signal, onProgress }: AddOptions,
): Promise<Omit<AddedAsset, 'warnings'>> {
  const { sha256, signers } = verified;
  const remove = async (...paths: string[]) => {
    for (const one of paths) await rm(one, { force: true });
  };
  try {
    const { sizeBytes, role } = await examine(path);
    const published = { path, sha256, sizeBytes, fileName: basename(path) };
    const packs = packing !== undefined && role === 'image';
    const file = packs
      ? await repack(path, { packing, sha256, sizeBytes, signal, onProgress })
      : published;
    const packedFrom = packs ? assetOf(published) : undefined;
    const signedBy = signers.map(({ key, userId }) => (userId ? `${userId}, ${key}` : key));
    const asset = assetOf(file);
    const known = await findRecord(directory, asset.sha256);
    const wasThere = typeof known === 'object';
    const target = assetPath(directory, wasThere ? known : asset);
    if (!wasThere) {
      // What is there has no record: a run was interrupted, or it was changed.
      await rm(dirname(target), { recursive: true, force: true });
      await mkdir(dirname(target));
      await rename(file.path, target);
    }
    if (!wasThere || (signedBy.length > 0 && !known.signedBy?.length)) {
      // A machine would compare the signature with what it is not of.
      if (signaturePath !== undefined && !packs) await rename(signaturePath, `${target}.sig`);
      const record: AssetRecord = { ...(wasThere ? assetOf(known) : asset), signedBy, packedFrom };
      const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
      await saveSmallFile(recordPath(directory, asset.sha256), bytes);
    }
    await remove(file.path, path, `${path}.sig`);
    return { asset: wasThere ? assetOf(known) : asset, packedFrom, role, wasThere };
  } catch (error) {
    // After anything else, a second run goes on with the file.
    if (error instanceof InputError) await remove(path, `${path}.sig`);
    throw error;
  }
}

/** Loaders, caches and URLs have no other meaning for the characters of such a name. */
const assetOf = ({ sha256, fileName, sizeBytes }: Asset): Asset => ({
  ...{ sha256, sizeBytes },
  fileName: fileName.replaceAll(/[^\w.+-]/g, '_'),
});

/** Whether it is a kernel or an initramfs on this machine: who builds the installer signs nothing. */
async function isOwnLoader(location: string): Promise<boolean> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) return false;
  const found = await examine(location).catch(() => undefined);
  return found !== undefined && found.role !== 'image';
}

/** Throws an `InputError` for what is neither a kernel nor an initramfs nor a disk image. */
async function examine(path: string): Promise<{ sizeBytes: number; role: AssetRole }> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(headBytes), position: 0 });
  const head = buffer.subarray(0, bytesRead);
  const role = roleOf(basename(path), head);
  if (role === 'image') detectFormat(head, basename(path));
  return { sizeBytes: (await file.stat()).size, role };
}

/** Documentation/arch/x86/boot.rst: `HdrS` at 0x202; arch/arm64/booting.rst: `ARM\x64` at 56. */
function roleOf(name: string, head: Uint8Array): AssetRole {
  if (hasBytes(head, 0x202, 'HdrS') || hasBytes(head, 56, 'ARM\x64')) return 'kernel';
  if (/initr(d|amfs)/i.test(name) || hasBytes(head, 0, '07070')) return 'initramfs';
  return /^(vmlinu[xz]|bzImage|kernel)|-kernel-/i.test(name) ? 'kernel' : 'image';
}
