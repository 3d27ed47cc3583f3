import type { Stats } from 'node:fs';
import * as v from 'valibot';
import { UnusableFileError } from '../../lib/small-file.ts';
import type { Faults, Spot } from './faults.ts';
import { type FleetFile, parseYaml } from './yaml-file.ts';

/** The secrets of all files, by the name that templates use. */
export type Secrets = ReadonlyMap<string, Secret>;

/** A text for all machines, or one for each, by the name of the machine. */
export type Secret = string | ReadonlyMap<string, string>;

const schema = v.record(v.string(), v.union([v.string(), v.record(v.string(), v.string())]));

/** Throws for a file that somebody else can read, or has made. */
export function judgeSecretFile({ mode, uid }: Stats): void {
  if ((mode & 0o077) !== 0)
    throw new UnusableFileError(
      `its mode is ${(mode & 0o777).toString(8).padStart(4, '0')}, so that other users can read or change it (make it 0600)`,
    );
  if (uid !== 0 && uid !== process.geteuid?.())
    throw new UnusableFileError(
      `it belongs to user ${uid}, not to root or the user that runs this`,
    );
}

/** Reads secrets/*.yaml. No message has a value. */
export function readSecrets(files: readonly FleetFile[], faults: Faults): Secrets {
  const secrets = new Map<string, Secret>();
  const spots = new Map<string, Spot>();
  for (const file of files) {
    const parsed = parseYaml(file, schema, faults);
    for (const [name, value] of Object.entries(parsed?.value ?? {})) {
      const spot = parsed?.spot(name) ?? { file: file.name };
      const first = spots.get(name);
      if (!/^\w+$/.test(name))
        faults.error(spot, 'the name of a secret consists of letters, digits and _');
      else if (first !== undefined)
        faults.error(spot, `${name} is already in ${first.file}, line ${first.line}`);
      else {
        spots.set(name, spot);
        secrets.set(name, typeof value === 'string' ? value : new Map(Object.entries(value)));
      }
    }
  }
  return secrets;
}
