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
