import { untilInterrupted } from '../../commands/until-interrupted.ts';
import { exitCodes } from '../../lib/errors.ts';
import { say } from '../../ui/output.ts';
import { makeFleetDirectory } from '../wanted/example-files.ts';
import { importMatchbox } from '../wanted/import-matchbox.ts';
import { tellReasons } from './tell-reasons.ts';

export interface ImportOptions {
  readonly from: string;
  readonly into: string;
}

/** Makes the files, and prints what is left to do; returns the exit code. */
export async function runImport({ from, into }: ImportOptions): Promise<number> {
  return await untilInterrupted(async () => {
    const { files, machines, left } = await tellReasons(() => importMatchbox(from));
    await makeFleetDirectory(into, files);
    for (const line of left) say(line);
    say(`${into}: ${machines} machines. Next: coreos-provision check ${into}`);
    return exitCodes.installed;
  });
}
