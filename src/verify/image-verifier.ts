import { createHash } from 'node:crypto';
import type { DigestAlgorithm } from '../digest.ts';
import { checkDigest, type ExpectedDigest } from './expected-digest.ts';

/** What an image as served is checked against, known before the disk is touched. */
export interface VerificationPlan {
  readonly digests: readonly ExpectedDigest[];
}

/** An image as served, after all that was asked for has been checked. */
export interface Verified {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** The digests that it was compared with. */
  readonly digests: readonly ExpectedDigest[];
}

/** Takes an image as it is served, and says at the end whether it is the one that was meant. */
export class ImageVerifier {
  readonly #name: string;
  readonly #plan: VerificationPlan;
  readonly #hashes: ReadonlyMap<DigestAlgorithm, ReturnType<typeof createHash>>;

  /** `name` is the image's, for messages. */
  constructor(name: string, plan: VerificationPlan) {
    this.#name = name;
    this.#plan = plan;
    const algorithms = new Set(['sha256' as const, ...plan.digests.map((one) => one.algorithm)]);
    this.#hashes = new Map([...algorithms].map((algorithm) => [algorithm, createHash(algorithm)]));
  }

  /** Takes the next bytes; they may be used again when the promise settles. */
  async update(bytes: Uint8Array): Promise<void> {
    for (const hash of this.#hashes.values()) hash.update(bytes);
  }

  /** To be called after the last byte. Throws `InputError` unless all is as it was planned. */
  async finish(): Promise<Verified> {
    const found = new Map(
      [...this.#hashes].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]),
    );
    for (const expected of this.#plan.digests) {
      checkDigest(this.#name, expected, found.get(expected.algorithm) ?? '');
    }
    return { sha256: found.get('sha256') ?? '', digests: this.#plan.digests };
  }
}
