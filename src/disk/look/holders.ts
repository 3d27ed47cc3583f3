import { join } from 'node:path';
import type { Holder, HolderKind } from './facts.ts';
import { allDisks, findByNumber, partitionsOf, type SysBlock, sysBlock } from './sysfs.ts';

export interface HeldBlock {
  readonly block: SysBlock;
  readonly holder: Holder;
}

/**
 * Everything that is built on these devices, and on what is built on them: an LVM volume on a
 * LUKS device on a partition comes before that LUKS device, since it must be freed first.
 */
export function holdersOf(blocks: readonly SysBlock[], sysRoot: string): HeldBlock[] {
  const found = new Map<string, HeldBlock>();
  const visit = (below: SysBlock, depth: number) => {
    for (const block of builtOn(below, sysRoot)) {
      if (found.has(block.majMin) || depth > 16) continue;
      for (const part of [block, ...partitionsOf(block).map((partition) => partition.block)]) {
        visit(part, depth + 1);
      }
      found.set(block.majMin, { block, holder: describe(block, below) });
    }
  };
  for (const block of blocks) visit(block, 0);
  return [...found.values()];
}

function builtOn(below: SysBlock, sysRoot: string): SysBlock[] {
  const held = below.list('holders').flatMap((name) => {
    const majMin = sysBlock(join(below.directory, 'holders', name)).majMin;
    return findByNumber(majMin, sysRoot) ?? [];
  });
  // The loop driver does not enter itself as a holder of the device behind it.
  const loops = allDisks(sysRoot).filter(
    (disk) => disk.attribute('loop/backing_file') === below.path,
  );
  return [...held, ...loops];
}

function describe(block: SysBlock, below: SysBlock): Holder {
  const kind = mapKindOf(block);
  const name = block.attribute('dm/name') ?? block.path;
  const names = kind === 'lvm' ? lvmNamesOf(name) : { name };
  return { kind, path: block.path, ...names, on: below.path };
}

/** What a stacked device is for, by the prefix that its maker gives its device-mapper UUID. */
export function mapKindOf(block: SysBlock): HolderKind {
  const uuid = block.attribute('dm/uuid') ?? '';
  if (uuid.startsWith('LVM-')) return 'lvm';
  if (uuid.startsWith('CRYPT-')) return 'crypt';
  if (/^(part\d+-)?mpath-/.test(uuid)) return 'multipath';
  if (block.attribute('md/level') !== undefined) return 'md';
  if (block.attribute('loop/backing_file') !== undefined) return 'loop';
  return 'other';
}

/** `my--vg-root` is volume `root` of group `my-vg`: LVM doubles hyphens that belong to a name. */
function lvmNamesOf(mapName: string): Pick<Holder, 'name' | 'volume'> {
  const [group = mapName, volume] = mapName
    .split(/(?<!-)-(?!-)/)
    .map((part) => part.replaceAll('--', '-'));
  return { name: group, ...(volume !== undefined && { volume }) };
}
