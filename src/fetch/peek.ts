/**
 * Looks at the beginning of a stream without losing it: the first `lengthBytes` bytes (fewer when
 * the stream is shorter), and a stream that still delivers everything from its first byte on.
 */
export async function startingWith(
  input: AsyncIterable<Uint8Array>,
  lengthBytes: number,
): Promise<{ firstBytes: Uint8Array; bytes: AsyncIterable<Uint8Array> }> {
  const iterator = input[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let takenBytes = 0;
  while (takenBytes < lengthBytes) {
    const next = await iterator.next();
    if (next.done === true) break;
    taken.push(next.value);
    takenBytes += next.value.length;
  }

  async function* everything(): AsyncIterable<Uint8Array> {
    try {
      yield* taken;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { firstBytes: Buffer.concat(taken).subarray(0, lengthBytes), bytes: everything() };
}
