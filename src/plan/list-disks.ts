import { type DiskContents, readContents } from '../disk/look/contents.ts';
import type { BlockDeviceFacts } from '../disk/look/facts.ts';
import { inspectDevice } from '../disk/look/inspect.ts';
import { findTable } from '../disk/look/read-table.ts';
import { stableNamesOf } from '../disk/look/stable-names.ts';
import { allDisks, isNoDisk, sizeBytesOf } from '../disk/look/sysfs.ts';
import { type Failure, TargetError } from '../lib/errors.ts';
import { checkTarget } from './check-target.ts';

/** One disk of this machine, with what a user needs to choose a target. */
export interface SurveyedDisk
  extends Pick<
    BlockDeviceFacts,
    | 'sizeBytes'
    | 'logicalSectorSizeBytes'
    | 'model'
    | 'serial'
    | 'wwn'
    | 'bus'
    | 'removable'
    | 'isVirtual'
    | 'majMin'
    | 'diskseq'
  > {
  /** The kernel's name, `/dev/sda`. */
  readonly path: string;
  /** Other names that `-d` accepts for it, independent of the order in which disks are found. */
  readonly stableNames: readonly string[];
  readonly contents: DiskContents;
  /** Why the installer would refuse it now; undefined for a possible target. */
  readonly refusal: Failure | undefined;
}

/** All disks and drives with a medium, in the order of their names. Opens them for reading. */
export async function surveyDisks(): Promise<SurveyedDisk[]> {
  const paths = allDisks('/sys')
    .filter((disk) => sizeBytesOf(disk) > 0 && !isNoDisk(disk))
    .map(({ path }) => path)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const disks = await Promise.all(paths.map(surveyDisk));
  return disks.filter((disk) => disk !== undefined);
}

/** Undefined for a disk that has been removed, or that the kernel reports nothing about. */
async function surveyDisk(path: string): Promise<SurveyedDisk | undefined> {
  const facts = inspectDevice(path);
  if (facts.device === undefined) return undefined;
  const { device } = facts;
  const { sizeBytes, logicalSectorSizeBytes: sectorSizeBytes } = device;
  // The end of a disc may be unreadable, which takes long to find out.
  const isDisc = facts.kind === 'cdrom';
  const { table } = isDisc ? {} : await findTable(path, { sizeBytes, sectorSizeBytes });
  return {
    path,
    sizeBytes: device.sizeBytes,
    logicalSectorSizeBytes: device.logicalSectorSizeBytes,
    model: device.model,
    serial: device.serial,
    wwn: device.wwn,
    bus: device.bus,
    removable: device.removable,
    isVirtual: device.isVirtual,
    majMin: device.majMin,
    diskseq: device.diskseq,
    stableNames: stableNamesOf(path),
    contents: await readContents(path, device.partitions, table),
    refusal: refusalOf(() => checkTarget(facts)),
  };
}

function refusalOf(check: () => unknown): Failure | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof TargetError) return error.failure;
    throw error;
  }
}
