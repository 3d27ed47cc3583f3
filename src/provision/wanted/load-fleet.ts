import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Fleet, FleetSettings, WantedMachine } from '../model.ts';
import { Faults, type Spot } from './faults.ts';
import { listFleetFiles, localFilesOf, readFleetFile, stampOf } from './fleet-files.ts';
import { readSettings } from './fleet-settings.ts';
import { type MachineLine, readMachines } from './machine-table.ts';
import { profileNameOf, type ReadProfile, readProfiles } from './read-profiles.ts';
import { judgeSecretFile, readSecrets, type Secrets } from './read-secrets.ts';
import { Template, type Values } from './template.ts';
import { type FleetFile, suggestion } from './yaml-file.ts';

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
  const all = async (name: string, ending: RegExp, judge?: typeof judgeSecretFile) => {
    const files: FleetFile[] = [];
    for (const one of await listFleetFiles(directory, name, ending, faults)) {
      const file = await readFleetFile(directory, one, faults, judge);
      if (file !== undefined) files.push(file);
    }
    return files;
  };
  const [fleetFile, table] = [await one('fleet.yaml'), await one('machines.csv')];
  const settings = fleetFile && readSettings(fleetFile, faults);
  const secrets = readSecrets(await all('secrets', /\.yaml$/, judgeSecretFile), faults);
  const profileFiles = await all('profiles', /\.yaml$/);
  const profiles = await readProfiles(directory, profileFiles, faults);
  const templates = new Map<string, Template | undefined>();
  for (const file of await all('butane', /\.bu$/))
    templates.set(file.name, Template.read(file, localFilesOf(directory), faults));
  const lines = table === undefined ? [] : readMachines(table, faults);

  const known = profileFiles.map(profileNameOf);
  const machines = new Map<string, WantedMachine>();
  const renderings = new Map<string, Rendering>();
  const reporting = new Set([...profiles.values()].filter((one) => one.profile?.phoneHome));
  let sliceEndsMs = performance.now() + sliceMs;
  for (const line of lines) {
    const profile = profiles.get(line.profile);
    if (profile === undefined) {
      if (!known.includes(line.profile))
        faults.error(
          line.spot,
          `there is no profile ${line.profile}${suggestion(line.profile, known)}`,
        );
      continue;
    }
    const rendering = renderingOf(line, profile, { settings, secrets, templates }, faults);
    const machine = rendering && wantedMachine(line, rendering, faults);
    if (rendering === undefined || machine === undefined) continue;
    renderings.set(line.name, rendering);
    machines.set(line.name, machine);
    if (reporting.delete(profile)) warnUnlessReporting(machine, profile.spot, faults);
    if (performance.now() < sliceEndsMs) continue;
    await nextTurn();
    sliceEndsMs = performance.now() + sliceMs;
  }
  if (faults.failed || settings === undefined) throw faults.toError(directory);
  return {
    settings,
    profiles: new Map(
      [...profiles].flatMap(([name, { profile, butane }]) => {
        if (profile === undefined) return [];
        const { localBoot: _, phoneHome: __, ...installed } = profile;
        const all = JSON.stringify([installed, templates.get(`butane/${butane}`)?.digest]);
        return [[name, { ...profile, digest: createHash('sha256').update(all).digest('hex') }]];
      }),
    ),
    machines,
    warnings: faults.warnings,
    stamp,
    maskedConfig: (name) => {
      const { template, values } = renderings.get(name) ?? {};
      return values && template?.translate(masked(values));
    },
  };
}

/** Otherwise it is never finished, and no machine begins after the canaries. */
function warnUnlessReporting({ config }: WantedMachine, spot: Spot, faults: Faults): void {
  if (/v1(?:\/|%2F)booted/.test(config.toString())) return;
  const next = 'docs/fleet/machines.md has the unit that does.';
  faults.warn(spot, 'phone_home is true, and nothing in this template reports to /v1/booted', next);
}

interface Rendering {
  readonly template: Template;
  readonly values: Values;
}

interface Sources {
  readonly settings: FleetSettings | undefined;
  readonly secrets: Secrets;
  readonly templates: ReadonlyMap<string, Template | undefined>;
}

function renderingOf(
  line: MachineLine,
  { butane, spot }: ReadProfile,
  { settings, secrets, templates }: Sources,
  faults: Faults,
): Rendering | undefined {
  const file = `butane/${butane}`;
  const template = templates.get(file);
  if (template !== undefined) return { template, values: valuesOf(line, settings, secrets) };
  const near = suggestion(file, [...templates.keys()]);
  if (!templates.has(file)) faults.error(spot, `butane: there is no file ${file}${near}`);
  return undefined;
}

function wantedMachine(
  { name, identity, rack, profile, generation, values }: MachineLine,
  rendering: Rendering,
  faults: Faults,
): WantedMachine | undefined {
  const rendered = rendering.template.render(rendering.values, name, faults);
  if (rendered === undefined) return undefined;
  return {
    ...{ name, identity, rack, profile, generation, values, configSha512: rendered.sha512 },
    // With ten thousand machines, their configs together can be larger than the memory.
    get config() {
      return rendering.template.translate(rendering.values) ?? Buffer.alloc(0);
    },
  };
}

/** A machine's columns by their names, `fleet.…` from fleet.yaml, `secret.…` from the secrets. */
function valuesOf(
  line: MachineLine,
  settings: FleetSettings | undefined,
  secrets: Secrets,
): Values {
  const { values, name: machine, identity } = line;
  const own = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);
  const fixed = new Map([
    ['mac', identity.macs[0] ?? ''],
    ['fleet.url', settings?.url ?? ''],
    ['fleet.tls_url', settings?.tlsUrl ?? settings?.url ?? ''],
  ]);
  return {
    get: (name) => {
      if (!name.startsWith('secret.')) return fixed.get(name) ?? own(name);
      const secret = secrets.get(name.slice('secret.'.length));
      return typeof secret === 'object' ? secret.get(machine) : secret;
    },
    names: () => [
      ...Object.keys(values),
      ...fixed.keys(),
      ...[...secrets.keys()].map((name) => `secret.${name}`),
    ],
  };
}

function masked(values: Values): Values {
  return {
    names: values.names,
    get: (name) => (name.startsWith('secret.') ? '***' : values.get(name)),
  };
}
