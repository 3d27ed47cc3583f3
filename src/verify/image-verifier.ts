import type { DigestAlgorithm } from '../lib/digest.ts';
import { InputError } from '../lib/errors.ts';
import { BackgroundHash } from '../native/hash.ts';
import { checkDigest, type ExpectedDigest } from './expected-digest.ts';
import type { Signature } from './gpg-status.ts';
import { Gpgv, type SignaturePlan } from './gpgv.ts';
import { judge } from './judge.ts';

/** What an image as served is checked against, known before the disk is touched. */
export interface VerificationPlan {
  readonly digests: readonly ExpectedDigest[];
  /** Undefined where there is no signature, or none that can be checked. */
  readonly signature: SignaturePlan | undefined;
}

/** An image as served, after all that was planned has been checked. */
export interface Verified {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** The digests that it was compared with. */
  readonly digests: readonly ExpectedDigest[];
  /** The good signatures. */
  readonly signers: readonly Signature[];
}

/** Takes an image as it is served, and says at the end whether it is the expected one. */
export class ImageVerifier implements AsyncDisposable {
  readonly #name: string;
  readonly #plan: VerificationPlan;
  /** Without SHA-256, which every source keeps. */
  readonly #hashes: ReadonlyMap<DigestAlgorithm, BackgroundHash>;
  readonly #gpgv: Gpgv | undefined;

  private constructor(name: string, plan: VerificationPlan, gpgv: Gpgv | undefined) {
    this.#name = name;
    this.#plan = plan;
    const algorithms = new Set(plan.digests.map((one) => one.algorithm));
    algorithms.delete('sha256');
    this.#hashes = new Map(
      [...algorithms].map((algorithm) => [algorithm, new BackgroundHash(algorithm)]),
    );
    this.#gpgv = gpgv;
  }

  /** `name` is the image's, for messages. */
  static async start(
    name: string,
    plan: VerificationPlan,
    signal: AbortSignal,
  ): Promise<ImageVerifier> {
    const gpgv = plan.signature && (await Gpgv.start(plan.signature, signal));
    return new ImageVerifier(name, plan, gpgv);
  }

  /** Takes the next bytes without a copy: nobody may write to them. Resolves when more may come. */
  async update(bytes: Uint8Array): Promise<void> {
    const hashed = [...this.#hashes.values()].map((hash) => hash.update(bytes));
    await Promise.all([this.#gpgv?.update(bytes), ...hashed]);
  }

  /**
   * The same bytes, for a decoder, each part taken while the decoder works on it: `onBytes` has its
   * length in bytes before that. What went wrong in `update` is thrown when the next part is asked
   * for, so that an error of the decoder comes first.
   */
  async *passing(
    input: AsyncIterable<Uint8Array>,
    onBytes: (sizeBytes: number) => void,
  ): AsyncGenerator<Uint8Array> {
    for await (const bytes of input) {
      const taken = this.update(bytes);
      // Thrown below, unless another error comes first.
      taken.catch(() => undefined);
      onBytes(bytes.length);
      yield bytes;
      await taken;
    }
  }

  /**
   * To be called after the last byte, with the SHA-256 that the source has. Throws `InputError`
   * unless all of it matches the plan.
   */
  async finish(sha256: string): Promise<Verified> {
    const found = new Map<DigestAlgorithm, string>([['sha256', sha256]]);
    for (const [algorithm, hash] of this.#hashes) found.set(algorithm, await hash.digest());
    const { digests } = this.#plan;
    for (const expected of digests) {
      checkDigest(this.#name, expected, found.get(expected.algorithm) ?? '');
    }
    return { sha256, digests, signers: await this.#signers() };
  }

  async #signers(): Promise<readonly Signature[]> {
    if (this.#gpgv === undefined) return [];
    const verdict = judge(await this.#gpgv.finish(), this.#plan.signature?.keyring.name ?? '');
    if ('signers' in verdict) return verdict.signers;
    throw new InputError({ failed: `Cannot trust ${this.#name}`, ...verdict });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gpgv?.[Symbol.asyncDispose]();
  }
}
