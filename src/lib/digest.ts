/** The kinds of digest that can be asked for. MD5 and SHA-1 can be forged. */
const hexLengths = { sha256: 64, sha512: 128 } as const;

export type DigestAlgorithm = keyof typeof hexLengths;

/** What some bytes must be. */
export interface Digest {
  readonly algorithm: DigestAlgorithm;
  /** Lower case. */
  readonly hex: string;
}

/** `sha256:…`, as `--image-hash` takes it. */
export function formatDigest({ algorithm, hex }: Digest): string {
  return `${algorithm}:${hex}`;
}

/** `SHA-256`, for sentences. */
export function algorithmName(algorithm: DigestAlgorithm): string {
  return algorithm.replace('sha', 'SHA-');
}

/** The kind of a bare digest follows from its length; undefined for anything else. */
export function digestOfHex(hex: string): Digest | undefined {
  if (!/^[0-9a-f]+$/i.test(hex)) return undefined;
  const algorithms = Object.keys(hexLengths) as DigestAlgorithm[];
  const algorithm = algorithms.find((name) => hexLengths[name] === hex.length);
  return algorithm && { algorithm, hex: hex.toLowerCase() };
}

/**
 * Reads `sha256:…` or `sha512:…`; also with a hyphen, as Ignition configs write it, and without
 * the name. Undefined for anything else.
 */
export function parseDigest(text: string): Digest | undefined {
  const [, name, hex = ''] = /^(?:(sha256|sha512)[:-])?([0-9a-f]+)$/i.exec(text) ?? [];
  const digest = digestOfHex(hex);
  return name === undefined || name.toLowerCase() === digest?.algorithm ? digest : undefined;
}
