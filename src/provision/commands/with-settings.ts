import { untilInterrupted } from '../../commands/until-interrupted.ts';
import { exitCodes } from '../../lib/errors.ts';
import type { FleetSettings } from '../model.ts';
import { Faults } from '../wanted/faults.ts';
import { readFleetFile } from '../wanted/fleet-files.ts';
import { readSettings } from '../wanted/fleet-settings.ts';

/** Runs what needs only fleet.yaml: the fleet's other files may still be wrong. Returns the exit code. */
export async function withSettings(
  directory: string,
  work: (settings: FleetSettings) => Promise<void>,
): Promise<number> {
  return await untilInterrupted(async () => {
    const faults = new Faults();
    const file = await readFleetFile(directory, 'fleet.yaml', faults);
    const settings = file && readSettings(file, faults);
    if (settings === undefined) throw faults.toError(directory);
    await work(settings);
    return exitCodes.installed;
  });
}
