import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { largestBytes } from '../../config/butane/document.ts';
import { readSmallFile } from '../../lib/small-file.ts';
import { printable } from '../../lib/text.ts';
import { examples } from './example-files.ts';
import { Faults } from './faults.ts';

/** The files of a fleet, by name, and what is left to do by hand, a sentence each. */
export interface ImportedFleet {
  readonly files: Readonly<Record<string, string>>;
  readonly machines: number;
  readonly left: readonly string[];
}

const texts = v.record(v.string(), v.string());
const groupSchema = v.looseObject({
  id: v.pipe(v.string(), v.nonEmpty()),
  profile: v.pipe(v.string(), v.nonEmpty()),
  selector: v.optional(texts, {}),
  metadata: v.optional(v.record(v.string(), v.unknown()), {}),
});
const profileSchema = v.looseObject({
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
type Group = v.InferOutput<typeof groupSchema>;
type MatchboxProfile = v.InferOutput<typeof profileSchema>;

/**
 * Reads the groups and profiles of matchbox (https://matchbox.psdn.io/matchbox/). A file that is not in
 * their form is an `InputError`, and nothing is imported. Go templates are not executed.
 */
export async function importMatchbox(directory: string): Promise<ImportedFleet> {
  const faults = new Faults();
  const left: string[] = [];
  const groups = await readAll(directory, 'groups', groupSchema, faults, left);
  const profiles = await readAll(directory, 'profiles', profileSchema, faults, left);
  if (faults.failed) throw faults.toError(directory);
  const files: Record<string, string> = {
    'fleet.yaml': examples['fleet.yaml'] ?? '',
    ...tableOf(groups, left),
  };
  for (const profile of profiles) {
    files[`profiles/${profile.id}.yaml`] = profileLines(profile, left);
    const { ignition_id: template } = profile;
    if (template === undefined) left.push(`Profile ${profile.id} has no Ignition config.`);
    else Object.assign(files, await templateOf(directory, template, left));
  }
  const machines = (files['machines.csv'] ?? '').split('\n').length - 2;
  return { files, machines, left: [...new Set(left)] };
}

async function readAll<const Schema extends typeof groupSchema | typeof profileSchema>(
  directory: string,
  kind: string,
  schema: Schema,
  faults: Faults,
  left: string[],
): Promise<v.InferOutput<Schema>[]> {
  const read: v.InferOutput<Schema>[] = [];
  const names = await readdir(join(directory, kind)).catch((error: Error) => {
    faults.error({ file: kind }, error.message);
    return [];
  });
  for (const name of names.filter((one) => one.endsWith('.json')).toSorted()) {
    const file = `${kind}/${name}`;
    try {
      const bytes = await readSmallFile(join(directory, file), largestBytes, { followLinks: true });
      const result = v.safeParse(schema, JSON.parse(bytes.toString()));
      if (result.success) read.push(result.output);
      for (const key of Object.keys(result.success ? result.output : {}))
        if (key !== 'name' && !Object.hasOwn(schema.entries, key))
          left.push(`The key ${key} in ${file} has no counterpart: not imported.`);
      for (const issue of result.issues ?? [])
        faults.error({ file }, `${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
    } catch (error) {
      faults.error({ file }, (error as Error).message);
    }
  }
  return read;
}

const identities = ['mac', 'uuid', 'serial'];

function tableOf(groups: readonly Group[], left: string[]): Record<string, string> {
  const rows = groups.flatMap(({ id, profile, selector, metadata }) => {
    const others = Object.keys(selector).filter((key) => !identities.includes(key));
    const wrong = others.length > 0 ? `is chosen by ${others.join(', ')}` : 'is for any machine';
    if (others.length > 0 || Object.keys(selector).length === 0) {
      left.push(`Group ${id} ${wrong}: not imported. Name its machines in machines.csv.`);
      return [];
    }
    const row: Record<string, string> = { ...selector, name: id, profile };
    for (const [key, value] of Object.entries(metadata)) {
      const column = key.toLowerCase();
      const fits = /^[a-z]\w*$/.test(column) && !Object.hasOwn(row, column);
      if (fits && ['string', 'number', 'boolean'].includes(typeof value)) row[column] = `${value}`;
      else left.push(`The metadata ${key} of group ${id} cannot be a column: not imported.`);
    }
    return [row];
  });
  const columns = [...new Set(['name', ...identities, 'profile', ...rows.flatMap(Object.keys)])];
  const lines = rows.map((row) => columns.map((column) => quoted(row[column] ?? '')).join(','));
  return { 'machines.csv': `${[columns.join(','), ...lines].join('\n')}\n` };
}

const quoted = (cell: string) => (/[",;\s#]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

function profileLines(
  { id, ignition_id: template, boot }: MatchboxProfile,
  left: string[],
): string {
  const own = boot.args.filter((word) => /^(coreos\.inst|initrd=|ignition\.)/.test(word));
  const value = (name: string) =>
    own.find((word) => word.startsWith(`${name}=`))?.replace(/^.*?=/, '');
  const isPlain = (word: string) => !own.includes(word) && !/[{}$"'\s]/.test(word);
  for (const word of boot.args)
    if (!own.includes(word) && !isPlain(word))
      left.push(
        `The argument ${word} of profile ${id} has a placeholder or a quote: not imported.`,
      );
  left.push(`Profile ${id} needs an image, a kernel and an initramfs: coreos-provision image add.`);
  const device = value('coreos.inst.install_dev') ?? '';
  return `# From a profile of matchbox. Put in what coreos-provision image add prints:
image:  # was ${was(value('coreos.inst.image_url'))}
kernel:  # was ${was(boot.kernel)}
initramfs:  # was ${was(boot.initrd.join(' '))}
device: ${JSON.stringify(device.replace(/^(?!\/|$)/, '/dev/'))}
butane: ${butaneName(template ?? id)}
kargs: ${JSON.stringify(boot.args.filter(isPlain))}
`;
}

/** In a comment, a line break would end it. */
const was = (text = '') => printable(text) || 'not given';

const butaneName = (name: string) =>
  `${name.replace(/\.[^.]*$/, '').replaceAll(/[^\w.-]/g, '-')}.bu`;

async function templateOf(
  directory: string,
  name: string,
  left: string[],
): Promise<Record<string, string>> {
  const target = `butane/${butaneName(name)}`;
  const path = join(directory, 'ignition', name.replaceAll('/', '-'));
  const text = await readSmallFile(path, largestBytes, { followLinks: true }).then(String, String);
  const line = text.split('\n').findIndex((one) => one.includes('{{')) + 1;
  if (line > 0)
    left.push(
      `ignition/${name} has a Go template in line ${line}: write ${target} with \${name} instead.`,
    );
  else if (!/^variant: *fcos/m.test(text))
    left.push(`ignition/${name} is not a Butane config, or cannot be read: write ${target}.`);
  else return { [target]: text.replaceAll('${', () => '$${') };
  return {};
}
