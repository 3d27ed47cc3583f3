import { InputError } from '../lib/errors.ts';
import type { Stream, StreamArtifact } from './stream-metadata.ts';

/** What is wanted of a stream. */
export interface Wanted {
  /** As `uname -m` says it: `x86_64`, `aarch64`. */
  readonly architecture: string;
  readonly platform: string;
  readonly format: string;
}

/** The names that architectures have in streams, by those that Node has. */
const architectures: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ppc64: 'ppc64le',
  s390x: 's390x',
};

/** That of this machine. */
export function ownArchitecture(architecture: NodeJS.Architecture = process.arch): string {
  return architectures[architecture] ?? architecture;
}

/** Disks with sectors of 4096 bytes have images of their own. */
export function formatForSectors(logicalSectorSizeBytes: number): string {
  return logicalSectorSizeBytes === 4096 ? '4k.raw.xz' : 'raw.xz';
}

/**
 * What the stream has of what is wanted; an `InputError` lists what there is instead, and ends with
 * `choose`: how something else is chosen.
 */
export function chooseArtifact(stream: Stream, wanted: Wanted, choose: string): StreamArtifact {
  const { architecture, platform, format } = wanted;
  const ofArchitecture = stream.artifacts.filter((one) => one.architecture === architecture);
  const ofPlatform = ofArchitecture.filter((one) => one.platform === platform);
  const found = ofPlatform.find((one) => one.format === format);
  if (found !== undefined) return found;
  const name = `the stream ${stream.name}`;
  const missing =
    ofArchitecture.length === 0
      ? [`${name} has nothing for ${architecture}`, names(stream.artifacts, 'architecture')]
      : ofPlatform.length === 0
        ? [
            `${name} has nothing for the platform ${platform} on ${architecture}`,
            names(ofArchitecture, 'platform'),
          ]
        : [
            `${name} has no format ${format} for ${platform} on ${architecture}`,
            names(ofPlatform, 'format'),
          ];
  const [why, there] = missing as [string, string];
  throw new InputError({
    code: 'stream-lacks-image',
    failed: `Cannot find an image for ${architecture}, ${platform}, ${format}`,
    why: `${why}; there are: ${there}`,
    next: `coreos-installer list-stream lists everything; ${choose}.`,
  });
}

function names(artifacts: readonly StreamArtifact[], key: keyof Wanted): string {
  return [...new Set(artifacts.map((one) => one[key]))].join(', ') || 'none';
}
