import * as v from 'valibot';
import { printable } from '../../lib/text.ts';
import { readExample } from './example-files.ts';
import { Faults } from './faults.ts';
import { readFleetFiles } from './fleet-files.ts';

/** The files of a fleet, by name, and what is left to do by hand, a sentence each. */
export interface ImportedFleet {
  readonly files: Readonly<Record<string, string>>;
  readonly machines: number;
  readonly left: readonly string[];
}

const groupSchema = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  profile: v.pipe(v.string(), v.nonEmpty()),
  selector: v.optional(v.record(v.string(), v.string()), {}),
  metadata: v.optional(v.record(v.string(), v.unknown()), {}),
});
const profileSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'it must consist of letters, digits, . - and _')),
  ignition_id: v.optional(v.string(), 'not given'),
  boot: v.optional(
    v.object({
      kernel: v.optional(v.string(), 'not given'),
      initrd: v.optional(v.array(v.string()), []),
      args: v.optional(v.array(v.string()), []),
    }),
    {},
  ),
});

/**
 * Reads the groups and profiles of matchbox (https://matchbox.psdn.io/matchbox/). A file that is not in
 * their form is an `InputError`, and nothing is imported. Configs are not read: they may be Go templates.
 */
export async function importMatchbox(directory: string): Promise<ImportedFleet> {
  const faults = new Faults();
  const groups = await readAll(directory, 'groups', groupSchema, faults);
  const profiles = await readAll(directory, 'profiles', profileSchema, faults);
  if (profiles.length === 0) faults.error({ file: 'profiles' }, 'there is no profile');
  if (faults.failed) throw faults.toError(directory);
  const left = [...faults.warnings];
  const rows = groups.flatMap((group) => rowOf(group, left));
  const files = {
    'fleet.yaml': readExample('fleet.yaml'),
    'machines.csv': tableOf(rows),
    ...Object.fromEntries(profiles.map((one) => [`profiles/${one.id}.yaml`, linesOf(one, left)])),
  };
  return { files, machines: rows.length, left };
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
    for (const issue of issues) {
      const path = v.getDotPath(issue);
      faults.error({ file }, `${path === null ? '' : `${path}: `}${issue.message}`);
    }
    return success ? [output] : [];
  });
}

type Row = Readonly<Record<string, string>>;
const identities = ['mac', 'uuid', 'serial'];

function rowOf(
  { id, profile, selector, metadata }: v.InferOutput<typeof groupSchema>,
  left: string[],
): Row[] {
  const keys = Object.keys(selector);
  if (keys.length === 0 || !keys.every((key) => identities.includes(key))) {
    left.push(
      `Not imported: group ${id}, which is not for one machine. Name its machines in machines.csv.`,
    );
    return [];
  }
  const row: Record<string, string> = { ...selector, name: id, profile };
  for (const [key, value] of Object.entries(metadata)) {
    const column = key.toLowerCase();
    const fits = /^[a-z]\w*$/.test(column) && !Object.hasOwn(row, column);
    if (fits && ['string', 'number', 'boolean'].includes(typeof value)) row[column] = `${value}`;
    else left.push(`Not imported: the metadata ${key} of group ${id}, which cannot be a column.`);
  }
  return [row];
}

function tableOf(rows: readonly Row[]): string {
  const columns = [...new Set(['name', ...identities, 'profile', ...rows.flatMap(Object.keys)])];
  const lines = rows.map((row) => columns.map((column) => quoted(row[column] ?? '')).join(','));
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}

const quoted = (cell: string) => (/[",;\s#]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

function linesOf(
  { id, ignition_id: config, boot }: v.InferOutput<typeof profileSchema>,
  left: string[],
): string {
  const isOwn = (word: string) => /^(coreos\.inst|initrd=|ignition\.)/.test(word);
  const ownValue = (name: string) =>
    boot.args.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const others = boot.args.filter((word) => !isOwn(word));
  const isPlain = (word: string) => !/[{}$"'\s]/.test(word);
  for (const word of others.filter((one) => !isPlain(one)))
    left.push(`Not imported: the argument ${word} of profile ${id}.`);
  left.push(
    `Profile ${id} needs an image, a kernel and an initramfs (coreos-provision image add), and a config: write butane/${id}.bu (was ${config}).`,
  );
  const device = ownValue('coreos.inst.install_dev') ?? '';
  // In a comment, a line break would end it.
  const was = (text = 'not given') => `# was ${printable(text)}`;
  return `# From a profile of matchbox. Put in what coreos-provision image add prints:
image:  ${was(ownValue('coreos.inst.image_url'))}
kernel:  ${was(boot.kernel)}
initramfs:  ${was(boot.initrd.join(' '))}
device: ${JSON.stringify(device.replace(/^(?!\/|$)/, '/dev/'))}
butane: ${id}.bu
kargs: ${JSON.stringify(others.filter(isPlain))}
`;
}
