import { InputError } from '../lib/errors.ts';
import type { FailureCode } from '../lib/failure-codes.ts';

export type FaultKind = 'damaged' | 'truncated' | 'unsupported' | 'memory';

/** What is wrong with compressed data, before it is known which file that is. */
export class DecodeFault extends Error {
  override readonly name = 'DecodeFault';
  readonly kind: FaultKind;
  /** Where in the compressed file, as near as is known. */
  readonly offsetBytes: number | undefined;

  /** `why` is a clause without capital or full stop: `a block header's checksum is wrong`. */
  constructor(kind: FaultKind, why: string, offsetBytes?: number) {
    super(why);
    this.kind = kind;
    this.offsetBytes = offsetBytes;
  }

  /** The same fault with a place, unless it has one. */
  at(offsetBytes: number): DecodeFault {
    if (this.offsetBytes !== undefined) return this;
    return new DecodeFault(this.kind, this.message, offsetBytes);
  }
}

const codes = {
  damaged: 'image-damaged',
  truncated: 'image-truncated',
  unsupported: 'image-compression-unsupported',
  memory: 'memory-insufficient',
} as const satisfies Record<FaultKind, FailureCode>;

const next: Record<FaultKind, (format: string) => string> = {
  damaged: () => 'Fetch the image again, and compare its digest with the one that was published.',
  truncated: () => 'The download or the copy is incomplete: fetch the image again.',
  unsupported: (format) => `Compress the image again with plain ${format}.`,
  memory: (format) =>
    `Use a machine with more memory, or compress the image again with plain ${format}.`,
};

/** The sentence for the user; `format` is xz, gzip or zstd, `name` the source's name. */
export function toInputError(fault: DecodeFault, format: string, name: string): InputError {
  const where = fault.offsetBytes === undefined ? '' : ` near byte ${fault.offsetBytes}`;
  const why: Record<FaultKind, string> = {
    damaged: `the ${format} data is damaged${where} (${fault.message})`,
    truncated: `the file ends after ${fault.offsetBytes} bytes, before its ${format} data is complete`,
    unsupported: `its ${format} data uses a feature that this program does not support (${fault.message})`,
    memory: fault.message,
  };
  return new InputError(
    {
      code: codes[fault.kind],
      failed: `Cannot decompress ${name}`,
      why: why[fault.kind],
      next: next[fault.kind](format),
    },
    { cause: fault },
  );
}

/** For data that needs `needBytes` of memory where there are only `limitBytes`. */
export function needsMemory(needBytes: number, limitBytes: number): DecodeFault {
  const mebibytes = (bytes: number) => `${Math.ceil(bytes / (1024 * 1024))} MiB`;
  const why = `decompressing it needs ${mebibytes(needBytes)} of memory, and only ${mebibytes(limitBytes)} can be used`;
  return new DecodeFault('memory', why);
}
