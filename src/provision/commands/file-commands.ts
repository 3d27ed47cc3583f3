import { join } from 'node:path';
import type { Command } from '../../commands/command.ts';
import { addParameterOptions } from '../../commands/option-values.ts';
import { addFetchOptions } from '../../commands/stream-options.ts';
import { shellQuote } from '../../lib/text.ts';
import { say } from '../../ui/output.ts';
import { packings } from '../wanted/packing.ts';
import type { ImageAddOptions } from './add-images.ts';
import type { CheckOptions } from './check-fleet.ts';
import { fleetCommand } from './fleet-command.ts';

const init = fleetCommand({
  word: 'init',
  summary: 'make the directory of a fleet, with examples to begin with',
  description:
    'Writes the files of a fleet with an explanation of every setting. The directory must be empty, or not exist yet.',
  fleet: 'none',
  args: { '<directory>': 'the directory to make' },
  async run({ args: [directory = ''] }) {
    const { makeFleetDirectory } = await import('../wanted/example-files.ts');
    const { createOperatorToken } = await import('../serve/operator-tokens.ts');
    await makeFleetDirectory(directory);
    const token = createOperatorToken(join(directory, 'state'));
    const word = shellQuote(directory);
    const next = `${directory} is ready. The token for actions on the page, which is not shown again:

   ${token}

What to do next:

1. Add an image, and the kernel and initramfs of the installer:
   coreos-provision image add ${word} FILE-OR-URL...
2. Copy the lines that it prints into profiles/worker.yaml, and remove its comment signs.
3. Set url in fleet.yaml, your SSH key in butane/worker.bu, and your machines in machines.csv.
4. coreos-provision check ${word}
5. coreos-provision serve ${word}`;
    for (const line of next.split('\n')) say(line);
  },
});

const imageAdd = fleetCommand<ImageAddOptions>({
  word: 'image add',
  summary: 'take an image, kernel or initramfs into a fleet, verified',
  description:
    'Copies or downloads files into the assets of a fleet, under the name of their SHA-256, and prints the line that a profile needs for each. The signature next to a file (.sig or .asc) must be good; machines then check the digest.',
  args: { '<files...>': 'paths or URLs of an image, a kernel, an initramfs' },
  options: {
    '--insecure': 'also without a signature; a wrong one still fails',
    '--repack <format>': [
      'pack the image again, after it was verified, so that\nmachines decompress it faster',
      undefined,
      packings,
    ],
    '--quiet': 'do not print the progress',
  },
  define(commander) {
    addParameterOptions(commander, ['keyring']);
    addFetchOptions(commander);
  },
  run: async ({ directory, args, options }) =>
    await (await import('./add-images.ts')).addImages(directory, args, options),
});

const imageList = fleetCommand({
  word: 'image list',
  summary: 'list the files of a fleet, and who signed them',
  description:
    'Prints the files that image add has taken into a fleet, with their digests, whose signatures were good, and of what an image was packed again.',
  run: async ({ directory }) => await (await import('./list-images.ts')).listImages(directory),
});

const check = fleetCommand<CheckOptions>({
  word: 'check',
  summary: 'render and validate the config of every machine',
  description:
    'Reads the files of a fleet as serve does, renders the config of every machine, validates it, and lists everything that is wrong: FILE:LINE:COLUMN: message. The exit code is 0 if serve would use these files, and 4 otherwise.',
  options: {
    '--machine <name>': 'print the Ignition config of this machine',
    '--show-secrets': 'print secrets in it too, instead of ***',
  },
  objection: ({ options: { machine, showSecrets } }) =>
    showSecrets && machine === undefined ? '--show-secrets needs --machine' : undefined,
  run: async ({ directory, options }) =>
    await (await import('./check-fleet.ts')).checkFleet(directory, options),
});

const importMatchbox = fleetCommand({
  word: 'import matchbox',
  summary: 'make a fleet from the groups and profiles of matchbox',
  description:
    'Makes the directory of a fleet from groups/ and profiles/ of matchbox; coreos-provision check then lists what is left to do. A file that is not valid ends it with exit code 4, and nothing is written.',
  fleet: 'none',
  args: {
    '<from>': 'the data directory of matchbox, such as /var/lib/matchbox',
    '<into>': 'the directory to make',
  },
  async run({ args: [from = '', into = ''] }) {
    const { makeFleetDirectory } = await import('../wanted/example-files.ts');
    const { importMatchbox } = await import('../wanted/import-matchbox.ts');
    const { files, machines } = await importMatchbox(from);
    await makeFleetDirectory(into, files);
    say(`${into}: ${machines} machines. Next: coreos-provision check ${shellQuote(into)}`);
  },
});

export const fileCommands: readonly Command[] = [init, imageAdd, imageList, check, importMatchbox];
