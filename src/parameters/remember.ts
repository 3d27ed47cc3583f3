import { writeParameterFile } from './parameter-files.ts';
import type { Parameters } from './parameters.ts';

/**
 * Writes what an option gave to its file, so that a second run needs no options. Only root's run
 * leaves files: it alone can install, and it would refuse those of somebody else.
 */
export async function rememberParameters(
  parameters: Parameters,
  directory = '/tmp',
): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const { device, ignitionUrl, skipIgnition, imageUrl, platformId } = parameters;
  const skipped = skipIgnition && { value: 'skip', origin: skipIgnition.origin };
  const values = { device, ignitionUrl: ignitionUrl ?? skipped, imageUrl, platformId };
  for (const key of ['device', 'ignitionUrl', 'imageUrl', 'platformId'] as const) {
    const given = values[key];
    if (given?.origin.kind !== 'option') continue;
    await writeParameterFile(key, given.value, directory);
  }
}
