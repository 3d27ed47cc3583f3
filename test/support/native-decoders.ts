import { NativeDecoder } from '../../src/decode/native-decoder.ts';

const { decode } = NativeDecoder.prototype;
const dispose = NativeDecoder.prototype[Symbol.dispose];

/** Those that hold native memory, which no garbage collection knows the size of. */
const open = new Set<NativeDecoder>();
const working = new Set<NativeDecoder>();
let delay: (workingCount: number) => Promise<unknown> | undefined = () => undefined;

NativeDecoder.prototype.decode = async function (input, outputs) {
  open.add(this);
  working.add(this);
  const delayed = delay(working.size);
  try {
    const decoding = decode.call(this, input, outputs);
    await Promise.allSettled([decoding, delayed]);
    return await decoding;
  } finally {
    working.delete(this);
  }
};

NativeDecoder.prototype[Symbol.dispose] = function () {
  if (working.has(this)) throw new Error('a decoder was closed while it was working');
  open.delete(this);
  dispose.call(this);
};

/** Throws if a decoder is open or working that was not when this was called. */
export function decodersSince(): () => void {
  const earlier = new Set(open);
  return () => {
    const left = [...open].filter((decoder) => !earlier.has(decoder));
    if (left.some((decoder) => working.has(decoder))) throw new Error('a decoder is still working');
    if (left.length > 0) throw new Error(`${left.length} decoders were not closed`);
  };
}

/**
 * Until this is disposed, each decoding takes until what `until` returns is settled; it is told how
 * many decoders work then.
 */
export function slowDecoders(until: (workingCount: number) => Promise<unknown>): Disposable {
  delay = until;
  return {
    [Symbol.dispose]() {
      delay = () => undefined;
    },
  };
}
