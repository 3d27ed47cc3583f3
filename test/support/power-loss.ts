import type { DiskEvent } from './faulty-disk.ts';
import type { Random } from './random.ts';

const sectorBytes = 512;
/** More than any table has, with its header. */
const tableBytes = 64 * 1024;

/**
 * What may be on a disk with a volatile cache when the power fails after its first `count` events:
 * everything that was written before the last of their flushes, and any sectors of later writes.
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

/**
 * The worst cases when the power fails after each event from `first` on: of the writes after the last
 * flush all, none, or only the newest, as a whole or, of a small one, every other sector.
 */
export function* worstPowerLosses(
  before: Buffer,
  events: readonly DiskEvent[],
  first = 0,
): Generator<{ readonly disk: Buffer; readonly count: number; readonly kept: string }> {
  const durable = Buffer.from(before);
  let open: Written[] = [];
  for (const [index, event] of events.entries()) {
    if (event.kind === 'flush') {
      for (const write of open) put(durable, [write]);
      open = [];
    } else open.push(event);
    if (index < first) continue;
    const newest = open.slice(-1);
    const kept: Record<string, Written[]> = {
      ...{ nothing: [], all: open, newest },
      // Of a table; a half of what is larger is no worse than nothing of it.
      ...((newest[0]?.bytes.length ?? 0) <= tableBytes && {
        'the even sectors of the newest': newest.flatMap((write) => everyOther(write, 0)),
        'the odd sectors of the newest': newest.flatMap((write) => everyOther(write, 1)),
      }),
    };
    for (const [name, writes] of Object.entries(kept))
      yield { disk: put(Buffer.from(durable), writes), count: index + 1, kept: name };
  }
}

function everyOther({ kind, offsetBytes, bytes }: Written, from: 0 | 1): Written[] {
  const sectors: Written[] = [];
  for (let at = from * sectorBytes; at < bytes.length; at += 2 * sectorBytes) {
    const sector = bytes.subarray(at, at + sectorBytes);
    sectors.push({ kind, offsetBytes: offsetBytes + at, bytes: sector });
  }
  return sectors;
}

type Written = Extract<DiskEvent, { kind: 'write' }>;

function put(disk: Buffer, writes: readonly Written[]): Buffer {
  for (const { offsetBytes, bytes } of writes) bytes.copy(disk, offsetBytes);
  return disk;
}

/** An unfinished write: lost, complete, complete up to a sector, or complete in some sectors. */
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
