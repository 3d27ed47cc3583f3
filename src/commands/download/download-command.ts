import type { Command } from '../command.ts';
import { addParameterOptions, jobs, text } from '../option-values.ts';
import { addFetchOptions, addStreamOptions } from '../stream-options.ts';
import type { DownloadOptions } from './run-download.ts';

/** The options that select an image of a stream. */
const ofStream = ['stream', 'streamBaseUrl', 'architecture', 'platform', 'format'] as const;

export const download: Command<DownloadOptions> = {
  word: 'download',
  summary: 'save an image of a Fedora CoreOS stream, verified',
  define(commander) {
    commander.description(
      'Saves an image and its signature in a directory, and prints their paths. A file\n' +
        'gets its final name when it is complete and verified. A second run resumes where\n' +
        'the first one was interrupted; it verifies existing files, and does not fetch\n' +
        'them again.',
    );
    addStreamOptions(commander);
    commander
      .option('-a, --architecture <name>', 'x86_64, aarch64 (default: that of this machine)', text)
      .option('-p, --platform <name>', 'metal, qemu, openstack, ...', text, 'metal')
      .option('-f, --format <name>', 'raw.xz, 4k.raw.xz, iso, pxe', text, 'raw.xz')
      .option('-u, --image-url <url>', 'save this file, instead of one of a stream', text)
      .option('-C, --directory <dir>', 'where to save it', text, '.')
      .option('-d, --decompress', 'save it decompressed, without its signature')
      .option('--insecure', 'also without a signature; a wrong one still fails')
      .option('--jobs <n>', 'blocks decoded at a time (default: by cores)', jobs)
      .option('--quiet', 'do not print the progress');
    addParameterOptions(commander, ['keyring']);
    addFetchOptions(commander);
  },
  read(commander) {
    const options = commander.opts<DownloadOptions>();
    const clash = ofStream.find((name) => commander.getOptionValueSource(name) === 'cli');
    if (options.imageUrl !== undefined && clash !== undefined)
      commander.error(
        '--image-url cannot be combined with options that select an image of a stream',
      );
    return options;
  },
  run: async (options) => await (await import('./run-download.ts')).runDownload(options),
};
