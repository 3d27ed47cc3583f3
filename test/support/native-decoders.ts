import { NativeDecoder } from '../../src/decode/native-decoder.ts';

const { decode } = NativeDecoder.prototype;
const dispose = NativeDecoder.prototype[Symbol.dispose];

/** Open decoders; they hold native memory, which the garbage collector does not take into account. */
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

/** The returned function throws if decoders are open or working that were not before. */
export function decodersSince(): () => void {
  const earlier = new Set(open);
  return () => {
    const left = [...open].filter((decoder) => !earlier.has(decoder));
    if (left.some((decoder) => working.has(decoder))) throw new Error('a decoder is still working');
    if (left.length > 0) throw new Error(`${left.length} decoders were not closed`);
  };
}

/** How many work at this moment. */
export function workingDecoders(): number {
  return working.size;
}

/**
 * Until this is disposed, each decoding takes until the promise of `until` is settled; `until` gets the
 * number of working decoders.
 */
export function slowDecoders(until: (workingCount: number) => Promise<unknown>): Disposable {
  delay = until;
  return {
    [Symbol.dispose]() {
      delay = () => undefined;
    },
  };
}
