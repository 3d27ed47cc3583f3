import { createHash } from 'node:crypto';
import { isAlias, isScalar, isSeq, type Scalar, visit } from 'yaml';
import { largestBytes } from '../../config/butane/document.ts';
import { goJson } from '../../config/butane/go-json.ts';
import { LocalFileError, type LocalFiles } from '../../config/butane/local-files.ts';
import { translateDocument } from '../../config/butane/translate.ts';
import { relocate } from '../../config/butane/yaml-places.ts';
import { type Finding, messageOf } from '../../config/ignition/finding.ts';
import { validateIgnition } from '../../config/ignition/validate.ts';
import { suggestion } from '../../lib/suggestion.ts';
import type { Faults, Spot } from './faults.ts';
import type { FleetFile } from './fleet-files.ts';
import { type FleetYaml, readYaml } from './yaml-file.ts';

/** What the names between `${` and `}` are replaced by. */
export type Values = ReadonlyMap<string, string>;

/**
 * A Butane config with `${name}` in its scalars. It is parsed once; a machine's values are put
 * into the parsed scalars, so that no value can change the structure of the YAML. `$${` is a literal
 * `${`.
 */
export interface Template {
  /** SHA-256 of what all machines have in common: the template, and the files that it embeds for all of them. */
  readonly digest: string;
  /** The Ignition config of a machine, validated; undefined where an error was found. */
  render(values: Values, machine: string, faults: Faults): Buffer | undefined;
  /** The same without a look at what it is; undefined where the values do not fit. */
  translate(values: Values): Buffer | undefined;
}

/** `$${`, or `${` with what should be a name and its end. */
const placeholder = /\$\$\{|\$\{([^${}\n]*)(\}?)/g;
const escapeIt = 'A ${ that is not a value’s is written $${.';

/** Undefined where the text cannot be used; `faults` then say why. */
export function readTemplate(
  file: FleetFile,
  localFiles: LocalFiles,
  faults: Faults,
): Template | undefined {
  const document = readYaml(file, faults);
  if (document === undefined) return undefined;
  const found = findPlaceholders(document, faults);
  if (found === undefined) return undefined;
  const embedded = embeddedIn(document);
  const translated = (value: (name: string) => string | undefined) => {
    for (const { scalar, text } of found.slots)
      scalar.value = text.replaceAll(placeholder, (_, name) =>
        name === undefined ? '${' : (value(name) ?? ''),
      );
    const { result, findings } = translateDocument(document, localFiles);
    const config = result && Buffer.from(goJson(result.config, false));
    return { config, findings, places: result?.places ?? new Map() };
  };
  return {
    get digest() {
      const contents = embedded.map((path) => [path, contentsOf(path, localFiles)]);
      const hash = createHash('sha256').update(file.bytes);
      return hash.update(JSON.stringify(contents)).digest('hex');
    },
    translate: (values) => translated((name) => values.get(name)).config,
    render(values, machine, into) {
      if (!checkValues(file, found.names, values, machine, into)) return undefined;
      const { config, findings, places } = translated((name) => values.get(name));
      const further = config === undefined ? [] : validateIgnition(config).findings;
      const all = [...findings, ...further.map((one) => relocate(one, places))];
      const secrets = found.names.filter(({ name }) => name.startsWith('secret.'));
      for (const one of all) {
        const where = one.path === '' ? '' : ` (${one.path})`;
        const message = withoutSecrets(`${messageOf(one)}${where}`, secrets, values);
        const kind = isFatal(one) ? 'error' : 'warn';
        into[kind]({ ...one, file: file.name }, message, one.next, machine);
      }
      return all.some(isFatal) ? undefined : config;
    },
  };
}

/** A name between `${` and `}`. */
interface Named {
  readonly name: string;
  readonly spot: Spot;
}

interface Placeholders {
  readonly slots: readonly { readonly scalar: Scalar; readonly text: string }[];
  readonly names: readonly Named[];
}

function findPlaceholders(document: FleetYaml, faults: Faults): Placeholders | undefined {
  const slots: { scalar: Scalar; text: string }[] = [];
  const names: Named[] = [];
  let sound = true;
  const refuse = (spot: Spot, message: string, next?: string) => {
    sound = false;
    faults.error(spot, message, next);
  };
  visit(document.root, {
    Scalar(key, scalar) {
      const text = String(scalar.value);
      if (!text.includes('${')) return;
      slots.push({ scalar, text });
      // As they are written; an escape such as \x24 can hide one.
      const [start = 0, , end] = scalar.range ?? [];
      const written = [...document.text.slice(start, end).matchAll(/\$\{/g)];
      for (const [index, [, name, close]] of [...text.matchAll(placeholder)].entries()) {
        const spot = document.at(start + (written[index]?.index ?? 0));
        if (key === 'key') refuse(spot, 'only values can contain a placeholder, not keys');
        else if (name === undefined) continue;
        else if (close === '' || !/^\w+(\.\w+)?$/.test(name))
          refuse(spot, 'a placeholder is not a name between braces', escapeIt);
        else names.push({ name, spot });
      }
    },
  });
  // A value is a text where a text is wanted, also one that is empty or like null.
  for (const { scalar } of slots) scalar.tag ??= 'tag:yaml.org,2002:str';
  return sound ? { slots, names } : undefined;
}

/** The names of the local files and directories that are the same for all machines. */
function embeddedIn(document: FleetYaml): string[] {
  const names: string[] = [];
  const resolved = (node: unknown) => (isAlias(node) ? document.resolve(node) : node);
  visit(document.root, {
    Pair(_, { key, value }) {
      // local, contents_local, ssh_authorized_keys_local.
      if (!isScalar(key) || !/(^|_)local$/.test(String(key.value))) return;
      const given = resolved(value);
      const scalars = (isSeq(given) ? given.items.map(resolved) : [given]).filter(isScalar);
      names.push(...scalars.map((scalar) => String(scalar.value)));
    },
  });
  return names.filter((name) => !name.includes('${'));
}

/** What is in a local file, or in all below a directory. What cannot be read is an error of each config. */
function contentsOf(path: string, localFiles: LocalFiles): unknown {
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  const attempts = [
    () => sha256(localFiles.read(path)),
    () =>
      [...localFiles.tree(path)].map(({ path: below, content }) =>
        content?.kind === 'file'
          ? [below, content.executable, sha256(content.read())]
          : [below, content],
      ),
  ];
  for (const attempt of attempts)
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof LocalFileError)) throw error;
    }
  return undefined;
}

/** Whether every name has a value, and all of them together are not too much. */
function checkValues(
  { name: file, bytes }: FleetFile,
  names: readonly Named[],
  values: Values,
  machine: string,
  faults: Faults,
): boolean {
  let sizeBytes = bytes.length;
  let sound = true;
  for (const { name, spot } of names) {
    const value = values.get(name);
    sizeBytes += value?.length ?? 0;
    if (value === '') faults.warn(spot, `the value of ${name} is empty`, undefined, machine);
    if (value !== undefined) continue;
    sound = false;
    const near = suggestion(name, [...values.keys()]);
    faults.error(spot, `there is no value for ${name}${near}`, escapeIt, machine);
  }
  if (sizeBytes <= largestBytes) return sound;
  faults.error({ file }, 'with its values, it is larger than 16 MiB', undefined, machine);
  return false;
}

/**
 * A message can quote a value, such as a version or the name of a file. A longer secret may have a
 * shorter one in it.
 */
function withoutSecrets(message: string, secrets: readonly Named[], values: Values): string {
  return secrets
    .map(({ name }) => values.get(name) || name)
    .toSorted((one, other) => other.length - one.length)
    .reduce((text, secret) => text.replaceAll(secret, '***'), message);
}

/** As for an installation: what only some releases of Ignition refuse is a warning. */
const isFatal = ({ severity, doubtful }: Finding) =>
  severity === 'fatal' || (severity === 'error' && doubtful === undefined);
