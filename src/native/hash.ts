import type { DigestAlgorithm } from '../lib/digest.ts';
import { type AddonHash, loadAddon } from './addon.ts';

/** A round through the thread pool for each 64 KiB that arrive would cost more than hashing them. */
const pieceBytes = 512 * 1024;
/** A server may send the bytes one by one. */
const mostArrays = 1024;

/** A digest that is computed on another thread, while its caller goes on. */
export class BackgroundHash {
  readonly #algorithm: DigestAlgorithm;
  #hash: AddonHash | undefined;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #working: Promise<void> = Promise.resolve();

  constructor(algorithm: DigestAlgorithm) {
    this.#algorithm = algorithm;
  }

  /**
   * Takes the bytes without a copy: nobody may write to them afterwards. Resolves when more may
   * come: one call at a time.
   */
  async update(bytes: Uint8Array): Promise<void> {
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.length;
    if (this.#gatheredBytes < pieceBytes && this.#gathered.length < mostArrays) return;
    await this.#working;
    this.#start();
  }

  /** Of all that was added up to now, in lower-case hexadecimal; more may follow. */
  async digest(): Promise<string> {
    await this.#working;
    const hash = this.#start();
    await this.#working;
    return hash.digest().toString('hex');
  }

  /** The addon is loaded only here: a request has long been sent by then. */
  #start(): AddonHash {
    this.#hash ??= new (loadAddon().Hash)(this.#algorithm);
    const hash = this.#hash;
    const arrays = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#working = new Promise((resolve, reject) =>
      hash.update(arrays, (error) => (error ? reject(error) : resolve())),
    );
    // Thrown to the next caller that waits for it.
    this.#working.catch(() => undefined);
    return hash;
  }
}
