import { join } from 'node:path';
import { untilInterrupted } from '../../commands/until-interrupted.ts';
import { exitCodes } from '../../lib/errors.ts';
import { shellQuote } from '../../lib/text.ts';
import { say } from '../../ui/output.ts';
import { createOperatorToken } from '../serve/operator-tokens.ts';
import { makeFleetDirectory } from '../wanted/example-files.ts';

/** Writes the files, and prints what to do next; returns the exit code. */
export async function runInit({ directory }: { readonly directory: string }): Promise<number> {
  return await untilInterrupted(async () => {
    await makeFleetDirectory(directory);
    const token = await createOperatorToken(join(directory, 'state'));
    const word = shellQuote(directory);
    const text = `${directory} is ready. The token for actions on the page, which is not shown again:

   ${token}

What to do next:

1. Add an image, and the kernel and initramfs of the installer:
   coreos-provision image add ${word} FILE-OR-URL...
2. Copy the lines that it prints into profiles/worker.yaml, and remove its comment signs.
3. Set url in fleet.yaml, your SSH key in butane/worker.bu, and your machines in machines.csv.
4. coreos-provision check ${word}
5. coreos-provision serve ${word}`;
    for (const line of text.split('\n')) say(line);
    return exitCodes.installed;
  });
}
