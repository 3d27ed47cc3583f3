/** What the pipeline knows at one moment. All counts only grow. */
export interface ProgressEvent {
  /** Bytes taken from the source, compressed. */
  readonly receivedBytes: number;
  /** Size of the source; undefined when the server does not say. */
  readonly sourceSizeBytes: number | undefined;
  /** Bytes of the image as decoded, those that are held back among them. */
  readonly decodedBytes: number;
  /** Bytes of the decoded image that are on the device, synced. */
  readonly onDeviceBytes: number;
  /** What `onDeviceBytes` will be at the end; undefined where it shows only then. */
  readonly toWriteBytes: number | undefined;
  readonly elapsedMs: number;
}

export type ProgressListener = (event: ProgressEvent) => void;
