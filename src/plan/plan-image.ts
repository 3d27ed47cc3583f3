import type { DecodeOptions } from '../decode/decoder.ts';
import { describeForeign, type ImageFormat } from '../decode/format.ts';
import { type Gpt, GptError, parseGpt } from '../disk/gpt/gpt.ts';
import { backupTableSizeBytes } from '../disk/gpt/relocate-gpt.ts';
import type { ByteSource } from '../fetch/source.ts';
import { InputError, type Reason } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';
import { readBeginning } from './image-beginning.ts';
import { type ImageSize, imageSize } from './image-size.ts';

const mib = 1024 * 1024;

/** What is known about an image before anything is written. */
export interface ImagePlan extends ImageSize {
  /** The source's name, without secrets, to be printed. */
  readonly name: string;
  readonly format: ImageFormat;
  /** Size of the file; undefined when the server does not report it. */
  readonly compressedSizeBytes: number | undefined;
  /** The first MiB of the decoded image. */
  readonly head: Uint8Array;
  readonly gpt: Gpt;
  /** How much of the beginning is held back: at most 1 MiB, and no part of a partition. */
  readonly headSizeBytes: number;
  /** Where the image keeps its backup partition table. */
  readonly backupTable: { readonly offsetBytes: number; readonly sizeBytes: number };
}

/** Opens the image, decodes its first MiB and rejects what cannot be installed. */
export async function planImage(
  source: ByteSource,
  options: Omit<DecodeOptions, 'jobs' | 'name'>,
): Promise<ImagePlan> {
  const { name } = source;
  const beginning = await readBeginning(source, options);
  const foreign = describeForeign(beginning.head);
  if (foreign !== undefined) {
    throw refuse(name, {
      ...foreign,
      next: 'Give the URL of a metal image (…-metal.x86_64.raw.xz).',
    });
  }
  const gpt = readTable(name, beginning.head);
  if (!gpt.partitions.some(canHoldBoot)) {
    throw refuse(name, {
      code: 'image-boot-missing',
      why: 'none of its partitions can hold a file system labelled “boot”',
      next: 'Give the URL of a metal image of Fedora CoreOS, or of an image with the same layout.',
    });
  }
  const size = await imageSize(source, beginning, options.signal);
  if (size.sizeBytes !== undefined) checkWhole(name, size.sizeBytes, gpt);
  const { sectorSizeBytes } = gpt;
  const firstPartition = Math.min(...gpt.partitions.map((partition) => partition.offsetBytes));
  const backupSizeBytes = backupTableSizeBytes(beginning.head, gpt);
  return {
    name,
    format: beginning.format,
    compressedSizeBytes: beginning.compressedSizeBytes,
    ...size,
    head: beginning.head,
    gpt,
    headSizeBytes: Math.min(mib, firstPartition),
    backupTable: {
      offsetBytes: (gpt.alternateLba + 1) * sectorSizeBytes - backupSizeBytes,
      sizeBytes: backupSizeBytes,
    },
  };
}

/** An image of this size must contain everything that its table describes; throws `InputError`. */
export function checkWhole(name: string, sizeBytes: number, gpt: Gpt): void {
  if (sizeBytes >= gpt.requiredDiskBytes) return;
  throw refuse(name, {
    code: 'image-truncated',
    why: `the image ends after ${sizeBytes} bytes, but its partition table describes ${gpt.requiredDiskBytes}`,
    next: 'Download the image again; this copy is incomplete.',
  });
}

function readTable(name: string, head: Uint8Array): Gpt {
  try {
    return parseGpt(head);
  } catch (error) {
    if (!(error instanceof GptError)) throw error;
    const reason = {
      code:
        error.reason === 'none' ? 'image-partition-table-missing' : 'image-partition-table-invalid',
      why: error.message,
      next: 'Give the URL of a metal image (…-metal.x86_64.raw.xz), or download it again.',
    } as const;
    throw refuse(name, reason, { cause: error });
  }
}

/** Partition types without a Linux file system (UEFI 2.10 table 5-7; GRUB's BIOS boot). */
const withoutFileSystem = new Set([
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  '21686148-6449-6e6f-744e-656564454649',
]);

/** Which partition is labelled `boot` is known only later; a table without candidates is rejected. */
export function canHoldBoot(partition: Gpt['partitions'][number]): boolean {
  return !withoutFileSystem.has(partition.typeGuid.toLowerCase());
}

function refuse(
  name: string,
  reason: Reason<FailureCode<'input'>>,
  options?: ErrorOptions,
): InputError {
  return new InputError({ failed: `Cannot install ${name}`, ...reason }, options);
}
