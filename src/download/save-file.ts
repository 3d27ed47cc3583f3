import { join } from 'node:path';
import { decoderFor } from '../decode/decoders.ts';
import { compressedFormat, type ImageFormat } from '../decode/image-format.ts';
import { openSource } from '../fetch/open-source.ts';
import { startingWith } from '../fetch/peek.ts';
import type { ByteSource, EarlierPart, OpenSource } from '../fetch/source.ts';
import { InputError } from '../lib/errors.ts';
import { ownPiecesOf } from '../lib/file-range.ts';
import { BackgroundHash } from '../native/hash.ts';
import { sourceOf } from '../plan/choose-image.ts';
import { xzSize } from '../plan/image-size.ts';
import { ImageVerifier, type VerificationPlan, type Verified } from '../verify/image-verifier.ts';
import { isPacked, nameToSave, unpackedName } from './file-names.ts';
import { PartialFile, removeFile, saveSmallFile } from './partial-file.ts';
import type { SaveOptions } from './save-options.ts';
import { verifyThere } from './verify-there.ts';
import { type FileToSave, planToVerify } from './what-to-verify.ts';
import { requireSpace } from './write-error.ts';

export interface SavedFile {
  readonly path: string;
  /** Undefined where there is none, or the file is decompressed. */
  readonly signaturePath: string | undefined;
  readonly verified: Verified;
  /** Whether it was there already, and good: nothing was fetched. */
  readonly wasThere: boolean;
  /** What the user should know, a sentence or two each. */
  readonly warnings: readonly string[];
}

/**
 * Saves a file of a server in a directory. Under its final name there is either what was there
 * before, or all of the new file, verified. What an interrupted run has received is used by the next
 * one, where the server still has the same file and there is something to verify it with. Throws
 * `InputError` for what cannot be fetched or trusted, `WriteError` for what cannot be written.
 */
export async function saveFile(file: FileToSave, options: SaveOptions): Promise<SavedFile> {
  const { directory, signal } = options;
  const servedName = nameToSave(file.url.value);
  const unpacks = options.decompress && isPacked(servedName);
  const path = join(directory, unpacks ? unpackedName(servedName) : servedName);
  const signaturePath = unpacks ? undefined : `${path}.sig`;

  const fetching = sourceOf(file, options.source);
  const toVerify = () => planToVerify(file, { ...options, source: fetching });
  const planned = options.mayBeAnother ? await toVerify() : undefined;
  if (signaturePath !== undefined) {
    const verified = await verifyThere(file, { path, signaturePath }, options, planned?.plan);
    if (verified) {
      const signature = verified.signers.length > 0 ? signaturePath : undefined;
      return { path, signaturePath: signature, verified, wasThere: true, warnings: [] };
    }
  }
  const { plan, warnings } = planned ?? (await toVerify());
  const source = openSource(file.url.value, { ...fetching, purpose: 'image' });
  await using partial = await PartialFile.open(directory, servedName);
  // Whatever fails: a download that nobody reads any more would keep the program from ending.
  const end = new AbortController();
  const ended = { ...options, signal: AbortSignal.any([signal, end.signal]) };
  const save = { file, plan, partial, source, options: ended, directory };
  let verified: Verified;
  try {
    verified = unpacks ? await saveUnpacked(save) : await saveServed(save);
  } finally {
    end.abort();
  }
  signal.throwIfAborted();
  if (signaturePath !== undefined) {
    if (plan.signature === undefined) await removeFile(signaturePath);
    else await saveSmallFile(signaturePath, plan.signature.bytes);
  }
  await partial.publish(path);
  return {
    path,
    signaturePath: plan.signature && signaturePath,
    verified,
    wasThere: false,
    warnings,
  };
}

interface Save {
  readonly file: FileToSave;
  readonly plan: VerificationPlan;
  readonly partial: PartialFile;
  readonly source: ByteSource;
  readonly options: SaveOptions;
  readonly directory: string;
}

/** What an earlier run has left may be damaged: then all is fetched, once. */
async function saveServed(save: Save): Promise<Verified> {
  const { plan, partial, source, options } = save;
  const canTell = plan.signature !== undefined || plan.digests.length > 0;
  const earlier = canTell ? await readEarlier(save) : undefined;
  try {
    try {
      return await receive(save, await source.open(options.signal, earlier));
    } catch (error) {
      if (earlier === undefined || !isWrong(error)) throw error;
      return await receive(save, await source.open(options.signal));
    }
  } catch (error) {
    if (isWrong(error)) await partial.discard();
    throw error;
  }
}

/** Whether it is about what was received: going on with it would be of no use. */
function isWrong(error: unknown): boolean {
  return (
    error instanceof InputError &&
    /^(digest|signature|signing)-|^file-changed$/.test(error.failure.code)
  );
}

async function readEarlier({ file, partial, options }: Save): Promise<EarlierPart | undefined> {
  const found = await partial.continuation(file.url.value);
  if (found === undefined) return undefined;
  const sha256 = new BackgroundHash('sha256');
  const part = { startBytes: 0, sizeBytes: found.lengthBytes };
  for await (const bytes of ownPiecesOf(partial, part, options.signal)) await sha256.update(bytes);
  return { ...found, sha256 };
}

async function receive(save: Save, open: OpenSource): Promise<Verified> {
  const { file, plan, partial, source, options, directory } = save;
  const { startBytes = 0, sizeBytes } = open;
  if (startBytes === 0) await partial.forget();
  await partial.end(startBytes);
  if (sizeBytes !== undefined) {
    const besides = options.roomBesides?.(nameToSave(file.url.value), sizeBytes) ?? 0;
    requireSpace(directory, sizeBytes - startBytes + besides);
  }
  await using verifier = await ImageVerifier.start(source.name, plan, options.signal);
  if (startBytes === 0) await partial.note(file.url.value, sizeBytes, open.validator);
  const earlier = { startBytes: 0, sizeBytes: startBytes };
  for await (const bytes of ownPiecesOf(partial, earlier, options.signal))
    await verifier.update(bytes);
  let receivedBytes = startBytes;
  for await (const bytes of open.bytes) {
    await Promise.all([verifier.update(bytes), partial.write(receivedBytes, bytes)]);
    receivedBytes += bytes.length;
    options.onProgress({ receivedBytes, sizeBytes });
  }
  return await verifier.finish(await open.sha256());
}

/** Blocks come decoded in any order, so that an interrupted run leaves nothing to go on with. */
async function saveUnpacked(save: Save): Promise<Verified> {
  const { plan, partial, source, options, directory } = save;
  const { signal, jobs, memoryLimitBytes } = options;
  await partial.forget();
  await partial.end(0);
  const open = await source.open(signal);
  await using verifier = await ImageVerifier.start(source.name, plan, signal);
  let receivedBytes = 0;
  const received = verifier.passing(open.bytes, (sizeBytes) => {
    receivedBytes += sizeBytes;
    options.onProgress({ receivedBytes, sizeBytes: open.sizeBytes });
  });
  try {
    const { firstBytes, bytes } = await startingWith(received, 16);
    const format = packedFormat(firstBytes, source.name);
    // Zeros take no room, so that the decoded size is no measure; what is unreadable is said at once.
    if (format === 'xz' && open.sizeBytes !== undefined)
      await xzSize(source, open.sizeBytes, signal);
    requireSpace(directory, open.sizeBytes ?? 0);
    const { sizeBytes } = await decoderFor(format)(
      bytes,
      async (offsetBytes, decoded) => await partial.writeSparse(offsetBytes, decoded),
      { signal, jobs, memoryLimitBytes, name: source.name },
    );
    await partial.end(sizeBytes);
    return await verifier.finish(await open.sha256());
  } catch (error) {
    await partial.discard();
    throw error;
  }
}

function packedFormat(firstBytes: Uint8Array, name: string): ImageFormat {
  const format = compressedFormat(firstBytes);
  if (format !== undefined) return format;
  throw new InputError({
    code: 'image-format-unsupported',
    failed: `Cannot decompress ${name}`,
    why: 'its name says that it is compressed, and its bytes are not',
    next: 'Check the URL, or save it without --decompress.',
  });
}
