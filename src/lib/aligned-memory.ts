/** The part of the WebAssembly interface used here; Node's types leave it out. */
declare const WebAssembly: {
  readonly Memory: new (pages: {
    readonly initial: number;
    readonly maximum: number;
  }) => { readonly buffer: ArrayBuffer };
};

const pageBytes = 65_536;

const alignedMemory = new WeakSet<ArrayBufferLike>();

/**
 * Buffers whose memory is aligned to pages, as direct I/O asks and ordinary buffers are not.
 * `sizeBytes` is a multiple of 64 KiB.
 */
export function alignedBuffers(count: number, sizeBytes: number): Uint8Array[] {
  const pages = (count * sizeBytes) / pageBytes;
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages });
  alignedMemory.add(buffer);
  return Array.from(
    { length: count },
    (_, index) => new Uint8Array(buffer, index * sizeBytes, sizeBytes),
  );
}

/** Whether direct I/O can take the bytes where they are: they lie in one of those buffers. */
export function isAligned(bytes: Uint8Array): boolean {
  return alignedMemory.has(bytes.buffer) && bytes.byteOffset % 4096 === 0;
}
