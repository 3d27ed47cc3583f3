import type { Target } from '../disk/look/target.ts';
import { type SourceOptions, withoutCredentials } from '../fetch/source.ts';
import { InputError } from '../lib/errors.ts';
import { maskUrl } from '../lib/mask-url.ts';
import type { Parameters, Resolved } from '../parameters/parameters.ts';
import { chooseArtifact, formatForSectors, ownArchitecture } from '../streams/choose-artifact.ts';
import { fetchStream } from '../streams/stream-metadata.ts';
import { streamPlace } from '../streams/stream-place.ts';
import type { ExpectedDigest } from '../verify/expected-digest.ts';

/** The image that was given, or that of a stream. */
export interface ChosenImage {
  /** An http, https or file URL, or an absolute path. */
  readonly url: Resolved<string>;
  /** Undefined: next to the image. */
  readonly signatureUrl?: string | undefined;
  /** From the metadata of the stream. */
  readonly digest?: ExpectedDigest | undefined;
  /** Whether the metadata names it, on another server: it gets no credentials. */
  readonly isElsewhere?: boolean;
  /** Whether the metadata could have been changed on the way, and proves nothing. */
  readonly isUnproven?: boolean;
}

/** How the image and its signature are fetched. */
export function sourceOf(
  { isElsewhere }: Pick<ChosenImage, 'isElsewhere'>,
  source: SourceOptions,
): SourceOptions {
  return isElsewhere ? withoutCredentials(source) : source;
}

/**
 * The image to install; that of a stream for the sector size of the target, which needs the network.
 * Throws `InputError` if there is none.
 */
export async function chooseImage(
  parameters: Parameters,
  target: Pick<Target, 'sectorSizeBytes'>,
  source: SourceOptions,
  signal: AbortSignal,
): Promise<ChosenImage> {
  const { imageUrl, stream, streamBaseUrl, architecture } = parameters;
  if (imageUrl !== undefined) return { url: imageUrl };
  if (stream === undefined) throw new Error('neither an image nor a stream');
  const place = streamPlace(stream.value, streamBaseUrl?.value);
  const wanted = {
    architecture: architecture?.value ?? ownArchitecture(),
    platform: 'metal',
    format: formatForSectors(target.sectorSizeBytes),
  };
  const choose = 'choose with --architecture, or give the URL of an image with --image-url';
  const { files } = chooseArtifact(await fetchStream(place, source, signal), wanted, choose);
  const disk = files.find(({ kind }) => kind === 'disk');
  if (disk === undefined) {
    throw new InputError({
      code: 'stream-lacks-image',
      failed: `Cannot find an image in ${maskUrl(place.url)}`,
      why: `it has ${files.map(({ kind }) => kind).join(', ')}, and no disk`,
      next: 'Give an image with --image-url.',
    });
  }
  const { url, signatureUrl, isElsewhere, sha256: hex } = disk;
  return {
    url: { value: url, origin: stream.origin },
    ...{ signatureUrl, isElsewhere, isUnproven: place.allowsHttp },
    digest: hex === undefined ? undefined : { algorithm: 'sha256', hex, from: maskUrl(place.url) },
  };
}
