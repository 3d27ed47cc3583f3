import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ParameterError } from '../../lib/errors.ts';
import { suggestion } from '../../lib/suggestion.ts';
import { checkArguments } from '../serve/installer-arguments.ts';
import { Faults } from './faults.ts';
import type { Fleet, FleetSettings, WantedMachine } from './fleet.ts';
import { localFilesOf, readFleetFile, readFleetFiles } from './fleet-files.ts';
import { readSettings } from './fleet-settings.ts';
import { readMachines } from './machine-table.ts';
import { type ReadProfile, readProfiles } from './read-profiles.ts';
import { judgeSecretFile, readSecrets, type Secrets } from './read-secrets.ts';
import { readTemplate, type Template, type Values } from './template.ts';
import { stampOf } from './watch-fleet.ts';

/** A fleet that was read, and what is odd about its files. */
export interface LoadedFleet extends Fleet {
  /** A line each. */
  readonly warnings: readonly string[];
  /** Of the files that were read, for `watchFleet`. */
  readonly stamp: string;
  /** A machine's config with `***` for each secret that its template names. */
  maskedConfig(machine: string): Buffer | undefined;
}

/** How long other work waits while configs are rendered. */
const sliceMs = 20;

/**
 * Reads what a directory asks for: all or nothing. The config of each machine is rendered, translated
 * and validated; then only its digest is kept, and it is rendered again when somebody asks for it, from
 * what was read here. Throws an `InputError` whose `reasons` are all that is wrong, a line each.
 */
export async function loadFleet(directory: string): Promise<LoadedFleet> {
  const faults = new Faults();
  const stamp = await stampOf(directory);
  const one = (name: string) => readFleetFile(directory, name, faults);
  const all = (folder: string, ending: string, judge?: (stats: Stats) => void) =>
    readFleetFiles(directory, folder, ending, faults, judge);
  const [fleetFile, table] = [await one('fleet.yaml'), await one('machines.csv')];
  const settings = fleetFile && readSettings(fleetFile, faults);
  const owner = await stat(directory).catch(() => undefined);
  const judge = (stats: Stats) => judgeSecretFile(stats, owner?.uid);
  const secrets = readSecrets(await all('secrets', '.yaml', judge), faults);
  const templates = new Map<string, Template | undefined>();
  for (const file of await all('butane', '.bu'))
    templates.set(file.name, readTemplate(file, localFilesOf(directory), faults));
  const profileFiles = await all('profiles', '.yaml');
  const profiles = await readProfiles(directory, profileFiles, templates, faults);
  const lines = table === undefined ? [] : readMachines(table, faults);

  const machines = new Map<string, WantedMachine>();
  const masked = new Map<string, () => Buffer | undefined>();
  const untried = new Set(profiles.values());
  let sliceEndsMs = performance.now() + sliceMs;
  for (const { spot, ...line } of lines) {
    const { name, profile } = line;
    if (!profiles.has(profile)) {
      const near = suggestion(profile, [...profiles.keys()]);
      faults.error(spot, `there is no profile ${profile}${near}`);
    }
    const read = profiles.get(profile);
    if (read?.template === undefined || settings === undefined) continue;
    const { template } = read;
    const values = () => valuesOf(line, settings, secrets);
    const config = template.render(values(), name, faults);
    if (config === undefined) continue;
    const machine = {
      ...line,
      configSha512: createHash('sha512').update(config).digest('hex'),
      // With ten thousand machines, their configs together can be larger than the memory.
      get config() {
        return template.translate(values()) ?? Buffer.alloc(0);
      },
    };
    machines.set(name, machine);
    masked.set(name, () => template.translate(withoutSecrets(values())));
    if (untried.delete(read)) tryFirst(machine, read, settings, faults);
    if (performance.now() < sliceEndsMs) continue;
    await nextTurn();
    sliceEndsMs = performance.now() + sliceMs;
  }
  const racks = [...new Set(lines.map(({ rack }) => rack))];
  for (const rack of settings?.edges.keys() ?? []) {
    const message = `edges: no machine is in rack ${rack}${suggestion(rack, racks)}`;
    if (!racks.includes(rack)) faults.warn({ file: 'fleet.yaml' }, message);
  }
  if (faults.failed || settings === undefined) throw faults.toError(directory);
  const sound = [...profiles.values()].filter((read) => read !== undefined);
  return {
    settings,
    profiles: new Map(sound.map(({ profile }) => [profile.name, profile])),
    machines,
    warnings: faults.warnings,
    stamp,
    maskedConfig: (name) => masked.get(name)?.(),
  };
}

/** What is the same for all machines of a profile. */
function tryFirst(
  machine: WantedMachine,
  { profile, spot }: ReadProfile,
  settings: FleetSettings,
  faults: Faults,
): void {
  try {
    checkArguments(settings, profile, machine);
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    faults.error({ file: spot.file }, error.failure.why, error.failure.next);
  }
  // Otherwise it is never finished, and no machine begins after the canaries.
  if (!profile.phoneHome || /v1(?:\/|%2F)booted/.test(`${machine.config}`)) return;
  const next = 'docs/fleet/machines.md has the unit that does.';
  faults.warn(spot, 'phone_home is true, and nothing in this template reports to /v1/booted', next);
}

/** A machine's columns by their names, `fleet.…` from fleet.yaml, `secret.…` from the secrets. */
function valuesOf(
  { name, identity, values }: Pick<WantedMachine, 'name' | 'identity' | 'values'>,
  { url, tlsUrl = url }: FleetSettings,
  secrets: Secrets,
): Values {
  const own = [...secrets].flatMap(([secret, value]) => {
    const text = typeof value === 'string' ? value : value.get(name);
    return text === undefined ? [] : [[`secret.${secret}`, text] as const];
  });
  return new Map([
    ...Object.entries(values),
    ['mac', identity.macs[0] ?? ''],
    ['fleet.url', url],
    ['fleet.tls_url', tlsUrl],
    ...own,
  ]);
}

const withoutSecrets = (values: Values): Values =>
  new Map([...values].map(([name, text]) => [name, name.startsWith('secret.') ? '***' : text]));
