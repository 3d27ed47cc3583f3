import { saveFile } from '../../download/save-file.ts';
import type { SaveOptions } from '../../download/save-options.ts';
import type { FileToSave } from '../../download/what-to-verify.ts';
import type { SourceOptions } from '../../fetch/source.ts';
import { absolutePath } from '../../lib/absolute-path.ts';
import { exitCodes } from '../../lib/errors.ts';
import { chooseArtifact, ownArchitecture } from '../../streams/choose-artifact.ts';
import { fetchStream } from '../../streams/stream-metadata.ts';
import { say, warn } from '../../ui/output.ts';
import { readProgress } from '../../ui/read-progress.ts';
import { decoderMemoryBytes, defaultJobs } from '../decoder-limits.ts';
import { type FetchingOptions, fetchingGiven } from '../fetching-given.ts';
import { fromOption, placeOf, type StreamOptions } from '../stream-options.ts';
import { untilInterrupted } from '../until-interrupted.ts';

export type DownloadOptions = StreamOptions &
  FetchingOptions & {
    readonly architecture?: string;
    readonly platform: string;
    readonly format: string;
    readonly imageUrl?: string;
    readonly directory: string;
    readonly decompress?: true;
    readonly insecure?: true;
    readonly keyring?: string;
    readonly jobs?: number;
    readonly quiet?: true;
  };

/** Saves the files, and prints their paths; returns the exit code. */
export async function runDownload(options: DownloadOptions): Promise<number> {
  return await untilInterrupted(async (signal) => {
    const source = await fetchingGiven(options);
    for (const file of await filesToSave(options, source, signal)) {
      using progress = readProgress(options.quiet ?? false);
      const saved = await saveFile(file, {
        ...saveOptions(options),
        ...{ source, signal, onProgress: progress.update },
      });
      progress.end();
      for (const text of saved.warnings) warn(text);
      if (saved.wasThere) warn(`${saved.path} already exists and is verified.`);
      say(saved.path);
      if (saved.signaturePath !== undefined) say(saved.signaturePath);
    }
    return exitCodes.installed;
  });
}

function saveOptions({
  directory,
  decompress,
  insecure,
  keyring,
  jobs,
}: DownloadOptions): Omit<SaveOptions, 'source' | 'signal' | 'onProgress'> {
  return {
    directory,
    decompress: decompress ?? false,
    insecure: insecure ?? false,
    keyring: keyring === undefined ? undefined : fromOption(absolutePath(keyring), '--keyring'),
    jobs: jobs ?? defaultJobs(),
    memoryLimitBytes: decoderMemoryBytes(),
  };
}

/** The file of `--image-url`, or all files of the format: a kernel has an initramfs. */
async function filesToSave(
  options: DownloadOptions,
  source: SourceOptions,
  signal: AbortSignal,
): Promise<FileToSave[]> {
  const { imageUrl, architecture = ownArchitecture(), platform, format } = options;
  if (imageUrl !== undefined) {
    const url = fromOption(imageUrl, '--image-url');
    return [{ url, signatureUrl: undefined, sha256: undefined }];
  }
  const place = placeOf(options);
  const stream = await fetchStream(place, source, signal);
  const choose = 'choose with --architecture, --platform and --format';
  const { files } = chooseArtifact(stream, { architecture, platform, format }, choose);
  return files.map(({ url, signatureUrl, sha256, isElsewhere }) => ({
    ...{ signatureUrl, sha256, isElsewhere, isUnproven: place.allowsHttp },
    url: fromOption(url, '--stream'),
  }));
}
