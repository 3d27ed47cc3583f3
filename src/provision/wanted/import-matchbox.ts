import * as v from 'valibot';
import { printable } from '../../lib/text.ts';
import { readExample } from './example-files.ts';
import { Faults } from './faults.ts';
import { readFleetFiles } from './fleet-files.ts';

/** The files of a fleet, by name. */
export interface ImportedFleet {
  readonly files: Readonly<Record<string, string>>;
  readonly machines: number;
}

const groupSchema = v.object({
  id: v.string(),
  profile: v.string(),
  selector: v.optional(v.record(v.string(), v.string()), {}),
  metadata: v.optional(v.record(v.string(), v.unknown()), {}),
});
const profileSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'it must consist of letters, digits, . - and _')),
  ignition_id: v.optional(v.string()),
  boot: v.optional(
    v.object({
      kernel: v.optional(v.string()),
      initrd: v.optional(v.array(v.string()), []),
      args: v.optional(v.array(v.string()), []),
    }),
    {},
  ),
});

/**
 * Turns the groups and profiles of matchbox (https://matchbox.psdn.io/matchbox/) into files of a fleet,
 * whatever they say: `loadFleet` judges them. A file that is not in their form is an `InputError`.
 */
export async function importMatchbox(directory: string): Promise<ImportedFleet> {
  const faults = new Faults();
  const groups = await readAll(directory, 'groups', groupSchema, faults);
  const profiles = await readAll(directory, 'profiles', profileSchema, faults);
  if (profiles.length === 0) faults.error({ file: 'profiles' }, 'there is no profile');
  if (faults.failed) throw faults.toError(directory);
  return {
    files: {
      'fleet.yaml': readExample('fleet.yaml'),
      'machines.csv': tableOf(groups),
      ...Object.fromEntries(profiles.map((one) => [`profiles/${one.id}.yaml`, linesOf(one)])),
    },
    machines: groups.length,
  };
}

async function readAll<const Schema extends v.GenericSchema>(
  directory: string,
  folder: string,
  schema: Schema,
  faults: Faults,
): Promise<v.InferOutput<Schema>[]> {
  const inJson = v.pipe(v.string(), v.parseJson(undefined, 'it is not JSON'), schema);
  const files = await readFleetFiles(directory, folder, '.json', faults);
  return files.flatMap(({ name: file, bytes }) => {
    const { success, output, issues = [] } = v.safeParse(inJson, Buffer.from(bytes).toString());
    for (const issue of issues)
      faults.error({ file }, [v.getDotPath(issue) ?? [], issue.message].flat().join(': '));
    return success ? [output] : [];
  });
}

/** A line for each group, with its metadata as columns. */
function tableOf(groups: readonly v.InferOutput<typeof groupSchema>[]): string {
  const rows = groups.map(({ id: name, profile, selector, metadata }) => ({
    ...metadata,
    ...selector,
    ...{ name, profile },
  }));
  const columns = [
    ...new Set(['name', 'mac', 'uuid', 'serial', 'profile', ...rows.flatMap(Object.keys)]),
  ];
  const lines = rows.map((row: Readonly<Record<string, unknown>>) =>
    columns.map((column) => quoted(row[column] ?? '')).join(','),
  );
  return `${[columns.map(quoted).join(','), ...lines].join('\n')}\n`;
}

function quoted(value: unknown): string {
  const cell = typeof value === 'string' ? value : JSON.stringify(value);
  return /[",;\s#]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function linesOf({ id, ignition_id, boot }: v.InferOutput<typeof profileSchema>): string {
  const all = (name: string) =>
    boot.args
      .filter((word) => word.startsWith(`${name}=`))
      .map((word) => word.slice(name.length + 1));
  const own = (name: string) => all(name)[0];
  const others = boot.args.filter((word) => !/^(coreos\.inst|initrd=|ignition\.)/.test(word));
  const device = own('coreos.inst.install_dev') ?? '';
  const saved = ['save_partlabel', 'save_partindex'].flatMap((key) => {
    const filters = all(`coreos.inst.${key}`).flatMap((text) => text.split(','));
    return filters.length === 0 ? [] : `${key}: ${JSON.stringify(filters)}\n`;
  });
  // In a comment, a line break would end it.
  const was = (text = '') => `# was ${printable(text) || 'not given'}`;
  return `# From a profile of matchbox. Put in what coreos-provision image add prints:
image:  ${was(own('coreos.inst.image_url'))}
kernel:  ${was(boot.kernel)}
initramfs:  ${was(boot.initrd.join(' '))}
device: ${JSON.stringify(device.replace(/^(?!\/|$)/, '/dev/'))}
${saved.join('')}# Write this file; a Go template is no Butane config.
butane: ${id}.bu  ${was(ignition_id)}
kargs: ${JSON.stringify(others)}
`;
}
