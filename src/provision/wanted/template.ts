import { createHash } from 'node:crypto';
import { type Scalar, visit } from 'yaml';
import { largestBytes, type YamlDocument } from '../../config/butane/document.ts';
import { goJson } from '../../config/butane/go-json.ts';
import type { LocalFiles } from '../../config/butane/local-files.ts';
import { translateDocument } from '../../config/butane/translate.ts';
import { relocate } from '../../config/butane/yaml-places.ts';
import { type Finding, messageOf } from '../../config/ignition/finding.ts';
import { validateIgnition } from '../../config/ignition/validate.ts';
import type { Faults, Spot } from './faults.ts';
import { type FleetFile, readYaml, suggestion } from './yaml-file.ts';

/** What a name between `${` and `}` is replaced by; undefined for an unknown name. */
export interface Values {
  get(name: string): string | undefined;
  /** For suggestions. */
  names(): readonly string[];
}

/** A name, or its escape, with what comes before it. */
type Part = { readonly text: string } | { readonly name: string; readonly spot: Spot };

interface Slot {
  readonly scalar: Scalar;
  readonly parts: readonly Part[];
}

/**
 * A Butane config with `${name}` in its scalars. It is parsed once; a machine's values are put
 * into the parsed scalars, so that no value can change the structure of the YAML. `$${` is a literal
 * `${`.
 */
export class Template {
  readonly #file: string;
  readonly #document: YamlDocument;
  readonly #localFiles: LocalFiles;
  readonly #slots: readonly Slot[];
  readonly #source: Uint8Array;

  private constructor(
    { name, bytes }: FleetFile,
    document: YamlDocument,
    localFiles: LocalFiles,
    slots: readonly Slot[],
  ) {
    this.#file = name;
    this.#source = bytes;
    this.#document = document;
    this.#localFiles = localFiles;
    this.#slots = slots;
  }

  /** Undefined where the text cannot be used; `faults` then say why. */
  static read(file: FleetFile, localFiles: LocalFiles, faults: Faults): Template | undefined {
    const document = readYaml(file, faults);
    if (document === undefined) return undefined;
    const slots = findSlots(file.name, document, faults);
    return slots && new Template(file, document, localFiles, slots);
  }

  /** SHA-256 of what all machines have in common: with the same letter in place of each value. */
  get digest(): string {
    const { result } = this.#translated({ get: () => 'x', names: () => [] });
    const hash = createHash('sha256').update(this.#source);
    return hash.update(result ? goJson(result.config, false) : '').digest('hex');
  }

  /** The Ignition config for these values, not validated; undefined where they do not fit. */
  translate(values: Values): Buffer | undefined {
    const { result } = this.#translated(values);
    return result && Buffer.from(goJson(result.config, false));
  }

  /** Translates and validates it for a machine. Undefined where an error was found. */
  render(values: Values, machine: string, faults: Faults): Rendered | undefined {
    if (!this.#known(values, machine, faults)) return undefined;
    const { findings, result } = this.#translated(values);
    const config = result && Buffer.from(goJson(result.config, false));
    const all = [
      ...findings,
      ...(config === undefined
        ? []
        : validateIgnition(config).findings.map((one) =>
            relocate(one, result?.places ?? noPlaces),
          )),
    ];
    for (const finding of all) this.#report(finding, values, machine, faults);
    if (config === undefined || all.some(isFatal)) return undefined;
    return { sizeBytes: config.length, sha512: createHash('sha512').update(config).digest('hex') };
  }

  /** Whether all names have values that fit. */
  #known(values: Values, machine: string, faults: Faults): boolean {
    let sound = true;
    let sizeBytes = 0;
    for (const { parts } of this.#slots)
      for (const part of parts) {
        const value = 'text' in part ? part.text : values.get(part.name);
        sizeBytes += value?.length ?? 0;
        if ('text' in part) continue;
        if (value === '')
          faults.warn(part.spot, `the value of ${part.name} is empty`, undefined, machine);
        if (value !== undefined) continue;
        sound = false;
        const near = suggestion(part.name, values.names());
        faults.error(part.spot, `there is no value for ${part.name}${near}`, escapeIt, machine);
      }
    if (sizeBytes <= largestBytes) return sound;
    faults.error(
      { file: this.#file },
      'with its values, it is larger than 16 MiB',
      undefined,
      machine,
    );
    return false;
  }

  #translated(values: Values): ReturnType<typeof translateDocument> {
    for (const { scalar, parts } of this.#slots)
      scalar.value = parts
        .map((part) => ('text' in part ? part.text : (values.get(part.name) ?? '')))
        .join('');
    return translateDocument(this.#document, this.#localFiles);
  }

  /** A message can quote a value, such as a version or the name of a file. */
  #withoutSecrets(message: string, values: Values): string {
    const names = this.#slots
      .flatMap(({ parts }) => parts)
      .flatMap((part) => ('name' in part && part.name.startsWith('secret.') ? part.name : []));
    return names.reduce((text, name) => text.replaceAll(values.get(name) || name, '***'), message);
  }

  #report(finding: Finding, values: Values, machine: string, faults: Faults): void {
    const { path, line, column, next } = finding;
    const where = path === '' ? '' : ` (${path})`;
    const kind = isFatal(finding) ? 'error' : 'warn';
    const message = this.#withoutSecrets(`${messageOf(finding)}${where}`, values);
    faults[kind]({ file: this.#file, line, column }, message, next, machine);
  }
}

/** What is kept of a rendered config. */
export interface Rendered {
  readonly sizeBytes: number;
  readonly sha512: string;
}

const noPlaces = new Map<never, never>();
const escapeIt = 'A ${ that is not a value’s is written $${.';

/** As for an installation: what only some releases of Ignition refuse is a warning. */
const isFatal = ({ severity, doubtful }: Finding) =>
  severity === 'fatal' || (severity === 'error' && doubtful === undefined);

function findSlots(file: string, document: YamlDocument, faults: Faults): Slot[] | undefined {
  const slots: Slot[] = [];
  let sound = true;
  visit(document.root, {
    Scalar(key, scalar) {
      const text = String(scalar.value);
      if (!text.includes('${')) return;
      const places = placesOf(file, document, scalar);
      if (key === 'key') {
        sound = false;
        faults.error(places(0), 'only values can contain a placeholder, not keys');
        return;
      }
      const parts = partsOf(text, places, faults);
      if (parts === undefined) sound = false;
      else slots.push({ scalar, parts });
    },
  });
  if (!sound) return undefined;
  // A value is a text where a text is wanted, also one that is empty or like null.
  for (const { scalar } of slots) scalar.tag ??= 'tag:yaml.org,2002:str';
  return slots;
}

function partsOf(
  text: string,
  places: (index: number) => Spot,
  faults: Faults,
): readonly Part[] | undefined {
  const parts: Part[] = [];
  let sound = true;
  let end = 0;
  for (const [index, found] of [...text.matchAll(/\$\$\{|\$\{([^${}\n]*)(\}?)/g)].entries()) {
    const [all, name, close] = found;
    if (found.index > end) parts.push({ text: text.slice(end, found.index) });
    end = found.index + all.length;
    const spot = places(index);
    if (name === undefined) parts.push({ text: '${' });
    else if (close === '' || !/^\w+(\.\w+)?$/.test(name)) {
      sound = false;
      faults.error(spot, 'a placeholder is not a name between braces', escapeIt);
    } else parts.push({ name, spot });
  }
  parts.push({ text: text.slice(end) });
  return sound ? parts : undefined;
}

/** Where in the file the text’s `${` with an index is. */
function placesOf(file: string, document: YamlDocument, scalar: Scalar): (index: number) => Spot {
  const [start, , end] = scalar.range ?? [0, 0, 0];
  return (index) => {
    let at = document.text.indexOf('${', start);
    for (let count = 0; count < index && at >= 0; count += 1)
      at = document.text.indexOf('${', at + 2);
    const { line, column } = document.at(at < 0 || at >= end ? start : at);
    return { file, line, column };
  };
}
