import type { Command } from '../command.ts';
import { jobs, text } from '../option-values.ts';
import { addFetchOptions, addStreamOptions } from '../stream-options.ts';
import type { DownloadOptions } from './run-download.ts';

/** What says which image of a stream is meant. */
const ofStream = ['stream', 'streamBaseUrl', 'architecture', 'platform', 'format'] as const;

export const download: Command<DownloadOptions> = {
  word: 'download',
  summary: 'save an image of a Fedora CoreOS stream, verified',
  define(commander) {
    commander.description(
      'Saves an image and its signature in a directory, and prints their paths. A file\n' +
        'has its final name only when it is complete and verified. A second run goes on\n' +
        'where the first one was interrupted; what is there already is verified, and not\n' +
        'fetched again.',
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
      .option('--keyring <file>', 'keys for the signature, not the built-in ones', text)
      .option('--jobs <n>', 'blocks decoded at a time (default: by cores)', jobs)
      .option('--quiet', 'do not print the progress');
    addFetchOptions(commander);
  },
  read(commander) {
    const options = commander.opts<DownloadOptions>();
    const clash = ofStream.find((name) => commander.getOptionValueSource(name) === 'cli');
    if (options.imageUrl !== undefined && clash !== undefined)
      commander.error('--image-url names the file itself: leave out what chooses one of a stream');
    return options;
  },
  run: async (options) => await (await import('./run-download.ts')).runDownload(options),
};
