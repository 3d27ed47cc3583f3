import type { DeviceRange } from '../look/probe.ts';
import { GptError, parseGpt } from './gpt.ts';
import { gptSignature } from './gpt-header.ts';
import { mbr, record } from './protective-mbr.ts';

/**
 * Where partitions were, by what is left of a table in a disk's first MiB. `wipefs` removes only
 * the signatures by which a table is recognised, and the kernel drops the partitions; what was in
 * them would come back with a new partition in the same place. Nothing here is certain: only good
 * for finding what to wipe.
 */
export function formerPartitions(
  head: Uint8Array,
  sectorSizeBytes: number,
  diskSizeBytes: number,
): DeviceRange[] {
  return [...gptPartitions(head), ...mbrPartitions(head, sectorSizeBytes)].filter(
    ({ offsetBytes, sizeBytes }) => sizeBytes > 0 && offsetBytes + sizeBytes <= diskSizeBytes,
  );
}

function gptPartitions(head: Uint8Array): readonly DeviceRange[] {
  for (const sectorSizeBytes of [512, 4096]) {
    // Not slice(): of a Buffer that is no copy.
    const repaired = Uint8Array.from(head);
    repaired.set(Buffer.from(gptSignature, 'latin1'), sectorSizeBytes);
    try {
      return parseGpt(repaired).partitions;
    } catch (error) {
      if (!(error instanceof GptError)) throw error;
    }
  }
  return [];
}

function mbrPartitions(head: Uint8Array, sectorSizeBytes: number): DeviceRange[] {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return Array.from({ length: mbr.records }, (_, index) => {
    const at = mbr.recordsOffset + index * mbr.recordBytes;
    const used = view.getUint8(at + record.type) !== 0;
    return {
      offsetBytes: view.getUint32(at + record.startLba, true) * sectorSizeBytes,
      sizeBytes: used ? view.getUint32(at + record.sizeLba, true) * sectorSizeBytes : 0,
    };
  });
}
