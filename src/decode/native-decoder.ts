import { type AddonDecoder, loadAddon, type NativeFormat } from '../native/addon.ts';
import { DecodeFault } from './fault.ts';

/** The numbers of native/codec.h. */
const status = { ok: 0, ended: 1, damaged: 2, unsupported: 3, memory: 4 } as const;

/** What one call has done. */
export interface Decoded {
  readonly usedBytes: number;
  readonly madeBytes: number;
  /** The stream, member or frame has ended. */
  readonly ended: boolean;
}

/**
 * Decodes on libuv's thread pool, from the caller's memory straight into the caller's memory: one .xz
 * stream (by liblzma), or any number of gzip members or zstd frames. The library verifies all
 * checksums and sizes that the format has. Disposing frees the dictionary.
 */
export class NativeDecoder implements Disposable {
  readonly #decoder: AddonDecoder;
  #usedBytes = 0;

  /** With a limit, data that needs more memory is a fault; without, the caller has looked. */
  constructor(format: NativeFormat, memoryLimitBytes?: number) {
    this.#decoder = new (loadAddon().Decoder)(format, memoryLimitBytes);
  }

  /**
   * Until the input is used up, the outputs are full, one after the other, or a stream, member or
   * frame has ended. One call at a time; all arrays belong to the decoder until the promise settles.
   * Throws `DecodeFault`, with its place in the data.
   */
  decode(input: Uint8Array, outputs: readonly Uint8Array[]): Promise<Decoded> {
    return new Promise((resolve, reject) => {
      this.#decoder.code(input, outputs, (result, usedBytes, madeBytes, message) => {
        this.#usedBytes += usedBytes;
        if (result === status.ok || result === status.ended)
          resolve({ usedBytes, madeBytes, ended: result === status.ended });
        else reject(toFault(result, message, this.#usedBytes));
      });
    });
  }

  [Symbol.dispose](): void {
    this.#decoder.close();
  }
}

function toFault(result: number, message: string, usedBytes: number): DecodeFault {
  if (result === status.memory)
    return new DecodeFault('memory', 'there is not enough free memory to decompress it');
  if (result === status.unsupported)
    return new DecodeFault('unsupported', 'a filter or its options', usedBytes);
  const why = message || 'the compressed data or its checksum is wrong';
  return new DecodeFault('damaged', why, usedBytes);
}
