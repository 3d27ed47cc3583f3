import type { Control, Fleet } from '../model.ts';

/** What the server is made from. */
export interface ServeOptions {
  readonly control: Control;
  /** The set of files in use. */
  readonly fleet: () => Fleet;
  /** Holds `sha256-HEX/NAME`, and `tftp/` with the boot loaders. */
  readonly assetsDirectory: string;
  /** Whether a text is an operator's token: its name, or undefined. */
  readonly operatorOf: (token: string) => string | undefined;
  /** Whether a request comes through the operators' socket. */
  readonly isFromSocket: (request: object) => boolean;
  /** A line about a request for the log; without secrets. */
  readonly log: (line: string) => void;
}
