/** Decoders hand over, and writes, records and comparisons go by, pieces of this size. */
export const chunkBytes = 1024 * 1024;
