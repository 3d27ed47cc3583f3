export type GptProblem =
  /** No header at byte 512 or 4096. */
  | 'none'
  /** A header with impossible values. */
  | 'bad-header'
  | 'bad-crc'
  /** The bytes given end before the table does. */
  | 'too-short'
  /** A partition outside the usable sectors, over another one or over the backup table. */
  | 'bad-range';

/** Why bytes are not a partition table; the caller knows what they are and words the failure. */
export class GptError extends Error {
  override readonly name = 'GptError';
  readonly reason: GptProblem;

  constructor(reason: GptProblem, message: string) {
    super(message);
    this.reason = reason;
  }
}

export function badHeader(message: string): GptError {
  return new GptError('bad-header', message);
}

export function tooShort(): GptError {
  return new GptError('too-short', 'its partition table ends too early');
}
