import { DecodeFault } from '../image/decoders/fault.ts';
import { type LzmaDecoder, loadAddon } from './addon.ts';

/** `lzma_ret` of liblzma (lzma/base.h): its numbers are part of its binary interface. */
const lzma = { ok: 0, streamEnd: 1, memError: 5, memLimitError: 6, optionsError: 8 } as const;

/** What one call has done. */
export interface Decoded {
  readonly usedBytes: number;
  readonly madeBytes: number;
  /** The stream has ended. */
  readonly ended: boolean;
}

/**
 * Decodes one .xz stream on libuv's thread pool, from the caller's memory straight into the
 * caller's memory. liblzma verifies everything that the format lets it verify. Disposing of it
 * frees the dictionary.
 */
export class NativeDecoder implements Disposable {
  readonly #decoder: LzmaDecoder = new (loadAddon().Decoder)();
  #usedBytes = 0;

  /**
   * Until the input is used up or the output is full. One call at a time; both belong to the
   * decoder until the promise settles. Throws `DecodeFault`, with its place in the stream.
   */
  decode(input: Uint8Array, output: Uint8Array): Promise<Decoded> {
    return new Promise((resolve, reject) => {
      this.#decoder.code(input, output, (lzmaRet, usedBytes, madeBytes) => {
        this.#usedBytes += usedBytes;
        if (lzmaRet === lzma.ok || lzmaRet === lzma.streamEnd)
          resolve({ usedBytes, madeBytes, ended: lzmaRet === lzma.streamEnd });
        else reject(toFault(lzmaRet, this.#usedBytes));
      });
    });
  }

  [Symbol.dispose](): void {
    this.#decoder.close();
  }
}

function toFault(lzmaRet: number, usedBytes: number): DecodeFault {
  if (lzmaRet === lzma.memError || lzmaRet === lzma.memLimitError)
    return new DecodeFault('memory', 'there is not enough free memory to decompress it');
  if (lzmaRet === lzma.optionsError)
    return new DecodeFault('unsupported', 'a filter or its options', usedBytes);
  return new DecodeFault(
    'damaged',
    'what a block decodes to is not what was compressed',
    usedBytes,
  );
}
