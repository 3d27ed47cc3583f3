import type { DecodedSink } from '../decode/decoder.ts';
import { decoderFor } from '../decode/decoders.ts';
import type { Target } from '../disk/look/target.ts';
import type { DeviceWriter } from '../disk/write/writer.ts';
import type { ByteSource } from '../fetch/source.ts';
import { isZero } from '../lib/bytes.ts';
import { InputError, TargetError } from '../lib/errors.ts';
import type { Plan } from '../plan/plan.ts';
import { checkWhole, type ImagePlan } from '../plan/plan-image.ts';
import { ImageVerifier, type Verified } from '../verify/image-verifier.ts';
import { HeldRange, holdBack } from './hold-back.ts';

export interface PipelineOptions {
  readonly jobs: number;
  readonly memoryLimitBytes: number;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

/** The image is on the device, except for the places of its partition table; see `head`. */
export interface WrittenImage {
  /** The image's first bytes, with the partition table; see `ImagePlan.headSizeBytes`. */
  readonly head: Uint8Array;
  readonly verified: Verified;
  readonly compressedSizeBytes: number;
  readonly sizeBytes: number;
}

type ImageWork = Pick<Plan, 'target' | 'image' | 'verification'> & Partial<Pick<Plan, 'saved'>>;

/**
 * Streams the image from its source onto the device: verifier → decoder → positioned writes. Both
 * copies of the image's partition table are held back. When this returns, the image has been
 * verified, has passed its format's own checks, and is on the device, synced.
 */
export async function writeImage(
  { target, image, verification, saved }: ImageWork,
  source: ByteSource,
  device: DeviceWriter,
  options: PipelineOptions,
): Promise<WrittenImage> {
  const startMs = performance.now();
  /** Where the image must end: at the disk's end, or where the first saved partition begins. */
  const limitBytes = saved?.limitBytes ?? target.sizeBytes;
  await using verifier = await ImageVerifier.start(image.name, verification, options.signal);
  const open = await source.open(options.signal);
  let receivedBytes = 0;
  let decodedBytes = 0;

  const report = () =>
    options.onProgress({
      receivedBytes,
      sourceSizeBytes: open.sizeBytes,
      decodedBytes,
      onDeviceBytes: device.onDeviceBytes,
      toWriteBytes:
        image.sizeBytes === undefined
          ? undefined
          : Math.min(image.sizeBytes, limitBytes) - image.headSizeBytes,
      elapsedMs: performance.now() - startMs,
    });

  const received = verifier.passing(open.bytes, (sizeBytes) => {
    receivedBytes += sizeBytes;
    report();
  });

  const head = new HeldRange(0, image.headSizeBytes);
  const backupTable = new HeldRange(image.backupTable.offsetBytes, image.backupTable.sizeBytes);
  const write = holdBack([head, backupTable], async (offsetBytes, bytes) => {
    await device.write(offsetBytes, bytes);
    report();
  });
  const sink: DecodedSink = async (offsetBytes, bytes) => {
    decodedBytes += bytes.length;
    const inside = bytes.subarray(0, Math.max(0, limitBytes - offsetBytes));
    if (!isZero(bytes.subarray(inside.length))) throw noRoomFor(target, image, limitBytes);
    if (inside.length > 0) await write(offsetBytes, inside);
  };

  const { sizeBytes } = await decoderFor(image.format)(received, sink, {
    jobs: options.jobs,
    memoryLimitBytes: options.memoryLimitBytes,
    signal: options.signal,
    name: image.name,
  });

  const verified = await verifier.finish(await open.sha256());
  checkComplete(image, sizeBytes, head);
  // On a larger disk the image's backup table is not at the end: no old bytes may remain in its place.
  await device.write(backupTable.offsetBytes, new Uint8Array(backupTable.bytes.length));
  await device.flush();
  report();
  return {
    head: head.bytes,
    verified,
    compressedSizeBytes: receivedBytes,
    sizeBytes,
  };
}

/** Partitions and tables fit, as the plan has checked, and zeros after them need no space. */
function noRoomFor({ path, sizeBytes }: Target, { gpt }: ImagePlan, limitBytes: number) {
  const has = `the image has data after its backup partition table, which ends at byte ${gpt.requiredDiskBytes}`;
  return limitBytes < sizeBytes
    ? new TargetError({
        code: 'saved-partitions-no-room',
        failed: `Cannot save partitions of ${path}`,
        why: `${has}, and the first saved partition begins at byte ${limitBytes}`,
        next: 'Use a smaller image, or move the partition.',
      })
    : new TargetError({
        code: 'target-too-small',
        failed: `Cannot install to ${path}`,
        why: `it is too small: ${has}, and the disk has ${sizeBytes} bytes`,
        next: 'Choose a larger device.',
      });
}

/** The image must be the same as in the plan, and have the size that its partition table requires. */
function checkComplete(image: ImagePlan, sizeBytes: number, head: HeldRange): void {
  checkWhole(image.name, sizeBytes, image.gpt);
  if (Buffer.compare(head.bytes, image.head.subarray(0, image.headSizeBytes)) !== 0) {
    throw new InputError({
      code: 'image-changed',
      failed: `Cannot install ${image.name}`,
      why: 'the image changed during the installation',
      next: 'Wait until the file no longer changes, then install again.',
    });
  }
}

/** The pipeline's progress at one moment. No count ever decreases. */
export interface ProgressEvent {
  /** Bytes taken from the source, compressed. */
  readonly receivedBytes: number;
  /** Size of the source; undefined when the server does not say. */
  readonly sourceSizeBytes: number | undefined;
  /** Decoded bytes of the image, including those that are held back. */
  readonly decodedBytes: number;
  /** Bytes of the decoded image that are on the device, synced. */
  readonly onDeviceBytes: number;
  /** What `onDeviceBytes` will be at the end; undefined where that is not known before. */
  readonly toWriteBytes: number | undefined;
  readonly elapsedMs: number;
}

export type ProgressListener = (event: ProgressEvent) => void;
