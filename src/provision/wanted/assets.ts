import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { readSmallFile } from '../../lib/small-file.ts';

/** Where the files that machines fetch are, below the fleet's directory. */
export const assetsDirectory = 'assets';

/** What machines are given of a file below assets/, which is named by what is in it. */
const assetSchema = v.object({
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  fileName: v.pipe(v.string(), v.regex(/^[^/.][^/]*$/)),
  sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
});

export type Asset = Readonly<v.InferOutput<typeof assetSchema>>;

/** What `image add` writes when a file is complete and verified. */
const recordSchema = v.object({
  ...assetSchema.entries,
  /** Whose signatures were good, over the file as published; absent in records of earlier versions. */
  signedBy: v.optional(v.array(v.string())),
  /** What was published, where the image was packed again. */
  packedFrom: v.optional(assetSchema),
});

export type AssetRecord = v.InferOutput<typeof recordSchema>;

export const recordPath = (directory: string, sha256: string) =>
  join(directory, assetsDirectory, `sha256-${sha256}.json`);

/** In URLs as well: `assets/sha256-…/NAME`. */
export const assetPath = (directory: string, { sha256, fileName }: Asset) =>
  join(directory, assetsDirectory, `sha256-${sha256}`, fileName);

/** The file with a digest, or why there is none, as the rest of a sentence. */
export async function findAsset(directory: string, sha256: string): Promise<Asset | string> {
  const found = await findRecord(directory, sha256);
  return typeof found === 'string' ? found : v.parse(assetSchema, found);
}

/** All that were added, or what is wrong with one, by their digests. */
export async function findRecords(directory: string): Promise<Map<string, AssetRecord | string>> {
  const names = await readdir(join(directory, assetsDirectory)).catch(() => []);
  const records = new Map<string, AssetRecord | string>();
  for (const name of names.toSorted()) {
    const [, sha256] = /^sha256-([0-9a-f]{64})\.json$/.exec(name) ?? [];
    if (sha256 !== undefined) records.set(sha256, await findRecord(directory, sha256));
  }
  return records;
}

/** The same with what was verified. */
export async function findRecord(directory: string, sha256: string): Promise<AssetRecord | string> {
  let asset: AssetRecord;
  try {
    const bytes = await readSmallFile(recordPath(directory, sha256), 64 * 1024);
    asset = v.parse(recordSchema, JSON.parse(bytes.toString()));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'no file with this digest was added'
      : `${recordPath('', sha256)} cannot be read`;
  }
  const found = await stat(assetPath(directory, asset)).catch(() => undefined);
  if (found?.isFile() !== true) return `the file ${assetPath('', asset)} is missing`;
  return found.size === asset.sizeBytes
    ? asset
    : `${assetPath('', asset)} has ${found.size} bytes, and had ${asset.sizeBytes} when it was added`;
}
