import type { DiskEvent } from './faulty-disk.ts';
import type { Random } from './random.ts';

const sectorBytes = 512;

/**
 * What may be on a disk with a volatile cache when the power goes after its first `count` events:
 * all that was written before the last flush among them; of what came after it, any sectors.
 */
export function afterPowerLoss(
  before: Buffer,
  events: readonly DiskEvent[],
  count: number,
  random: Random,
): Buffer {
  const disk = Buffer.from(before);
  const past = events.slice(0, count);
  const durable = past.findLastIndex(({ kind }) => kind === 'flush');
  for (const [index, event] of past.entries()) {
    if (event.kind === 'flush') continue;
    if (index < durable) event.bytes.copy(disk, event.offsetBytes);
    else persistPart(disk, event, random);
  }
  return disk;
}

/** A write that was under way: lost, done, done up to a sector, or in some of its sectors. */
function persistPart(
  disk: Buffer,
  { offsetBytes, bytes }: { readonly offsetBytes: number; readonly bytes: Buffer },
  random: Random,
): void {
  const sectors = bytes.length / sectorBytes;
  const likelihood = random.pick([0, 1, random.fraction()]);
  const prefix = random.chance(0.3) ? random.below(sectors + 1) : sectors;
  for (let sector = 0; sector < prefix; sector += 1) {
    if (!random.chance(likelihood)) continue;
    const at = sector * sectorBytes;
    bytes.copy(disk, offsetBytes + at, at, at + sectorBytes);
  }
}
