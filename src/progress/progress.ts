/** What the pipeline knows at one moment. All counts only grow. */
export interface ProgressEvent {
  /** Bytes taken from the source, compressed. */
  readonly receivedBytes: number;
  /** Size of the source; undefined when the server does not say. */
  readonly sourceSizeBytes: number | undefined;
  /** Bytes of the decoded image that are on the device, synced. */
  readonly onDeviceBytes: number;
  readonly elapsedMs: number;
}

export type ProgressListener = (event: ProgressEvent) => void;

const mib = 1024 * 1024;

/** One line for people and for grep: `42.0 %  received 190 MiB of 454 MiB, on disk 921 MiB, 88 MiB/s`. */
export function progressLine(event: ProgressEvent): string {
  const received = `received ${inMib(event.receivedBytes)}`;
  const rate = `${((event.onDeviceBytes / mib / Math.max(event.elapsedMs, 1)) * 1000).toFixed(0)} MiB/s`;
  const onDisk = `on disk ${inMib(event.onDeviceBytes)}`;
  if (event.sourceSizeBytes === undefined) return `${received}, ${onDisk}, ${rate}`;
  const percent = ((100 * event.receivedBytes) / Math.max(event.sourceSizeBytes, 1)).toFixed(1);
  return `${percent.padStart(5)} %  ${received} of ${inMib(event.sourceSizeBytes)}, ${onDisk}, ${rate}`;
}

/** Passes on at most one event in `intervalMs`; what comes between is dropped. */
export function atMostEvery(intervalMs: number, listener: ProgressListener): ProgressListener {
  let nextMs = 0;
  return (event) => {
    if (event.elapsedMs < nextMs) return;
    nextMs = event.elapsedMs + intervalMs;
    listener(event);
  };
}

function inMib(sizeBytes: number): string {
  return `${(sizeBytes / mib).toFixed(0)} MiB`;
}
