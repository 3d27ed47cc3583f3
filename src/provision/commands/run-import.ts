import { untilInterrupted } from '../../commands/until-interrupted.ts';
import { exitCodes, InputError } from '../../lib/errors.ts';
import { say, warn } from '../../ui/output.ts';
import { makeFleetDirectory } from '../wanted/example-files.ts';
import { importMatchbox } from '../wanted/import-matchbox.ts';

export interface ImportOptions {
  readonly from: string;
  readonly into: string;
}

/** Makes the files, and prints what is left to do; returns the exit code. */
export async function runImport({ from, into }: ImportOptions): Promise<number> {
  return await untilInterrupted(async () => {
    try {
      const { files, machines, left } = await importMatchbox(from);
      await makeFleetDirectory(into, files);
      for (const line of left) say(line);
      say(`${into}: ${machines} machines. Next: coreos-provision check ${into}`);
      return exitCodes.installed;
    } catch (error) {
      if (error instanceof InputError) for (const line of error.failure.reasons ?? []) warn(line);
      throw error;
    }
  });
}
