import { formatBytes } from '../../lib/quantities.ts';
import { say } from '../../ui/output.ts';
import { type AssetRecord, findRecords } from '../wanted/assets.ts';

/** Prints a line for each file, and what is wrong with it. */
export async function listImages(directory: string): Promise<undefined> {
  for (const [sha256, record] of await findRecords(directory))
    say(`sha256:${sha256}  ${typeof record === 'string' ? record : described(record)}`);
}

/** `metal.raw.zst, 512 MiB, packed from metal.raw.xz (sha256:1d94…), signed by KEY` */
function described({ fileName, sizeBytes, signedBy, packedFrom }: AssetRecord): string {
  const signed =
    signedBy === undefined
      ? 'added by an earlier version, which did not note who signed it'
      : signedBy.length === 0
        ? 'no signature was verified'
        : `signed by ${signedBy.join(' and ')}`;
  const packed = packedFrom && `packed from ${packedFrom.fileName} (sha256:${packedFrom.sha256})`;
  return [fileName, formatBytes(sizeBytes), packed, signed].filter(Boolean).join(', ');
}
