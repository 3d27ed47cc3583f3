import { lstat } from 'node:fs/promises';
import { FileSource } from '../fetch/file-source.ts';
import { InputError } from '../lib/errors.ts';
import { readKeyring } from '../plan/signature.ts';
import { findTool } from '../system/tools.ts';
import { ImageVerifier, type VerificationPlan, type Verified } from '../verify/image-verifier.ts';
import { trustedKeyring } from '../verify/keyring.ts';
import { isOurs, readOwn } from './own-files.ts';
import type { SaveOptions } from './save-options.ts';
import { type FileToSave, knownDigests } from './what-to-verify.ts';

const signatureLimitBytes = 1024 * 1024;

/**
 * Verifies what an earlier run has saved, with the signature that is there, too, or `planned` in its place;
 * undefined where that is not there, not good, or cannot be verified.
 */
export async function verifyThere(
  file: FileToSave,
  { path, signaturePath }: { readonly path: string; readonly signaturePath: string },
  { insecure, keyring, signal }: SaveOptions,
  planned?: VerificationPlan,
): Promise<Verified | undefined> {
  const digests = knownDigests(file);
  const signature = planned ? planned.signature : await signatureThere(signaturePath, keyring);
  if (signature === undefined && !(insecure && digests.length > 0)) return undefined;
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || !isOurs(found)) return undefined;
  try {
    const open = await new FileSource(path).open(signal);
    await using verifier = await ImageVerifier.start(path, { digests, signature }, signal);
    for await (const part of open.bytes) await verifier.update(part);
    return await verifier.finish(await open.sha256());
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

async function signatureThere(
  path: string,
  keyring: SaveOptions['keyring'],
): Promise<VerificationPlan['signature']> {
  const bytes = await readOwn(path, signatureLimitBytes);
  if (bytes === undefined || findTool('gpgv') === undefined) return undefined;
  return { name: path, bytes, keyring: keyring ? await readKeyring(keyring) : trustedKeyring() };
}
