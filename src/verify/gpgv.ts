import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FedTool, feed } from '../system/run-command.ts';
import { makeRunDirectory } from '../system/run-directory.ts';
import { type Examined, readStatus, type Signature, type Verdict } from './gpg-status.ts';
import type { Keyring } from './keyring.ts';
import { forGpgv, readSignatures } from './signature-packets.ts';

/** A signature file, and the keys to check it with. */
export interface SignaturePlan {
  /** The URL with its password masked, or the path. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly keyring: Keyring;
}

/**
 * A gpgv that checks a detached signature over bytes which it is fed. It is a process of its own:
 * it hashes on another processor, and a fault in it with hostile packets cannot harm the installer.
 */
export class Gpgv implements AsyncDisposable {
  readonly #directory: string;
  readonly #tool: FedTool;

  private constructor(directory: string, tool: FedTool) {
    this.#directory = directory;
    this.#tool = tool;
  }

  /** `options` are further ones of gpgv. */
  static async start(
    { bytes, keyring }: SignaturePlan,
    signal: AbortSignal,
    options: readonly string[] = [],
  ): Promise<Gpgv> {
    const directory = await makeRunDirectory();
    try {
      const signaturePath = join(directory, 'image.sig');
      const keyringPath = join(directory, 'keyring');
      await writeFile(signaturePath, forGpgv(bytes));
      await writeFile(keyringPath, keyring.bytes);
      const args = [
        ...['--homedir', directory, '--keyring', keyringPath, '--status-fd', '1'],
        ...options,
        // A new machine's clock may be wrong by years; a key from the future is the same key.
        '--ignore-time-conflict',
        ...['--', signaturePath, '-'],
      ];
      return new Gpgv(directory, feed('gpgv', args, signal));
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** Takes the next bytes; they may be used again when the promise settles. Never rejects. */
  async update(bytes: Uint8Array): Promise<void> {
    await this.#tool.write(bytes);
  }

  /**
   * To be called after the last byte. Where there is anything but signatures, there are none.
   * `messages` is all that gpgv says to people.
   */
  async finish(): Promise<Examined & { readonly messages: string }> {
    const { exitCode, stdout, stderr } = await this.#tool.end();
    const signatures = readStatus(stdout);
    const allGood = signatures.length > 0 && signatures.every(({ verdict }) => verdict === 'good');
    // It does not always report what else it has found, and then only by its exit code.
    const isDamaged = hasOther.test(stdout) || (allGood && exitCode !== 0);
    const said = complaint(stderr) ?? `exit code ${exitCode}`;
    return { signatures: isDamaged ? [] : signatures, said, messages: stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tool[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/**
 * What is known to be wrong with a signature file before the image is there: it is not one, or all
 * signatures in it are by unknown, expired or revoked keys, made with weak digests, or of kinds that
 * gpgv does not support. Nothing is fed, so that one by a good key is reported as `bad`.
 */
export async function rehearse(
  plan: SignaturePlan,
  signal: AbortSignal,
): Promise<Examined | undefined> {
  const examine = async (options: readonly string[]) => {
    await using gpgv = await Gpgv.start(plan, signal, options);
    return await gpgv.finish();
  };
  const { signatures: strict, said } = await examine(['--weak-digest', 'SHA1']);
  // With that option, GnuPG 2.4 ignores self-signatures of keys that use SHA-1, as those of old keys
  // do; 2.2 does not. In a trusted keyring such self-signatures are acceptable.
  const { signatures: usual, messages } = await examine(['--verbose']);
  // gpgv ends at the first one that is `bad`: of those after it nothing is known.
  const isAll = usual.length === readSignatures(forGpgv(plan.bytes)).length;
  const signatures = strict.map((one, index) => {
    const found = one.verdict === 'weak-digest' ? one : (usual[index] ?? one);
    return isAll ? byItsKey(found, messages) : found;
  });
  return signatures.every(isLost) ? { signatures, said } : undefined;
}

/**
 * With wrong data, the status lines do not say that the key itself is no longer good: KEYEXPIRED is
 * also there for any other subkey that has expired. `--verbose` names the key.
 */
function byItsKey(signature: Signature, messages: string): Signature {
  if (signature.verdict !== 'bad') return signature;
  const says = (what: string) => messages.includes(`: signature key ${signature.key} ${what}`);
  if (says('has been revoked')) return { ...signature, verdict: 'revoked-key' };
  return says('expired ') ? { ...signature, verdict: 'expired-key' } : signature;
}

const lost: readonly Verdict[] = [
  'unknown-key',
  'expired-key',
  'revoked-key',
  'weak-digest',
  'not-understood',
];
const isLost = ({ verdict }: Signature) => lost.includes(verdict);

/** Something that is not a signature, before, between or after those that are. */
const hasOther = /^\[GNUPG:\] (NODATA|UNEXPECTED)\b/m;

/** `no valid OpenPGP data found` */
function complaint(said: string): string | undefined {
  const lines = said.split('\n').filter((line) => !/^gpgv: (Signature made|Good| )/.test(line));
  return lines[0]?.replace(/^gpgv: /, '').replace(/\.$/, '') || undefined;
}
