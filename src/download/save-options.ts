import type { SourceOptions } from '../fetch/source.ts';
import type { Resolved } from '../parameters/parameters.ts';

export interface SaveOptions {
  readonly directory: string;
  /** Whether a file that is compressed is saved decompressed, without its signature. */
  readonly decompress: boolean;
  /** Whether a file without a signature is taken; one that is wrong never is. */
  readonly insecure: boolean;
  /** Keys instead of the program's own. */
  readonly keyring: Resolved<string> | undefined;
  /**
   * Whether a file of this name that is there may be of another URL, or an older one: only the signature that
   * the server has now says that it is this one. Default: its own is enough, without the network.
   */
  readonly mayBeAnother?: boolean;
  readonly source: SourceOptions;
  readonly signal: AbortSignal;
  /** How many blocks may be decoded at the same time. */
  readonly jobs: number;
  readonly memoryLimitBytes: number;
  /** Room for what is made of the file afterwards, by its name and size; without it nothing is fetched. */
  readonly roomBesides?: (name: string, sizeBytes: number) => number;
  readonly onProgress: (progress: SaveProgress) => void;
}

export interface SaveProgress {
  /** Of the file as served, those of an earlier run among them. */
  readonly receivedBytes: number;
  /** Undefined when the server does not say. */
  readonly sizeBytes: number | undefined;
}
