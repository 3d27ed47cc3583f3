import { NativeDecoder } from '../../src/image/native/decoder.ts';

const { decode } = NativeDecoder.prototype;
const dispose = NativeDecoder.prototype[Symbol.dispose];

/** Those that hold native memory, which no garbage collection knows the size of. */
const open = new Set<NativeDecoder>();
const working = new Set<NativeDecoder>();
let beforeDone: Promise<unknown> | undefined;
let onCall: (() => void) | undefined;

NativeDecoder.prototype.decode = async function (input, outputs) {
  open.add(this);
  working.add(this);
  onCall?.();
  try {
    const decoding = decode.call(this, input, outputs);
    await Promise.allSettled([decoding, beforeDone]);
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

/** Until this is disposed, decoding takes until `ended` is settled; `onDecode` is called when it begins. */
export function slowDecoders(onDecode: () => void, ended: Promise<unknown>): Disposable {
  onCall = onDecode;
  beforeDone = ended;
  return {
    [Symbol.dispose]() {
      onCall = undefined;
      beforeDone = undefined;
    },
  };
}
