import { InputError } from '../errors.ts';

export type FaultKind = 'not-xz' | 'damaged' | 'truncated' | 'unsupported' | 'memory';

/** What is wrong with xz data, before it is known which file that is. */
export class XzFault extends Error {
  override readonly name = 'XzFault';
  readonly kind: FaultKind;
  /** Where in the compressed data, as near as is known. */
  readonly offsetBytes: number | undefined;

  /** `why` is a clause without capital or full stop: `a block header's checksum is wrong`. */
  constructor(kind: FaultKind, why: string, offsetBytes?: number) {
    super(why);
    this.kind = kind;
    this.offsetBytes = offsetBytes;
  }
}

const next: Record<FaultKind, string> = {
  'not-xz': 'Give the URL or path of a disk image.',
  damaged: 'Fetch the image again, and compare its digest with the one that was published.',
  truncated: 'The download or the copy is incomplete: fetch the image again.',
  unsupported: 'Compress the image again with plain xz.',
  memory: 'Use a machine with more memory, or compress the image again with xz -6.',
};

/** The sentence for the user; `name` is the source's name. */
export function toInputError(fault: XzFault, name: string): InputError {
  const where = fault.offsetBytes === undefined ? '' : ` near byte ${fault.offsetBytes}`;
  const why: Record<FaultKind, string> = {
    'not-xz': fault.message,
    damaged: `the xz data is damaged${where} (${fault.message})`,
    truncated: `the file ends after ${fault.offsetBytes} bytes, before its xz data is complete`,
    unsupported: `the xz data${where} uses a feature that this program does not know (${fault.message})`,
    memory: fault.message,
  };
  return new InputError(
    { failed: `Cannot decompress ${name}`, why: why[fault.kind], next: next[fault.kind] },
    { cause: fault },
  );
}
