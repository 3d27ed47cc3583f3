import type { Stats } from 'node:fs';
import { isMap, isScalar, type Node } from 'yaml';
import type { YamlDocument } from '../../config/butane/document.ts';
import { UnusableFileError } from '../../lib/small-file.ts';
import type { Faults, Spot } from './faults.ts';
import { type FleetFile, readYaml } from './yaml-file.ts';

/** The secrets of all files, by the name that templates use. */
export type Secrets = ReadonlyMap<string, Secret>;

/** A text for all machines, or one for each, by the name of the machine. */
export type Secret = string | ReadonlyMap<string, string>;

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

const quoteIt = 'Put the value in quotes.';

/** Reads secrets/*.yaml. No message has a value, nor what the YAML reader takes for a word of its own. */
export function readSecrets(files: readonly FleetFile[], faults: Faults): Secrets {
  const secrets = new Map<string, Secret>();
  const spots = new Map<string, Spot>();
  for (const file of files) {
    const document = readYaml(file, faults, { message: 'it is not valid YAML', next: quoteIt });
    if (document === undefined) continue;
    const reader = new ValueReader(file.name, document, faults);
    for (const [name, node] of reader.entries(document.root)) {
      const spot = reader.spot(node ?? document.root);
      const first = spots.get(name);
      if (!/^\w+$/.test(name))
        faults.error(spot, 'the name of a secret consists of letters, digits and _');
      else if (first !== undefined)
        faults.error(spot, `${name} is already in ${first.file}, line ${first.line}`);
      else {
        spots.set(name, spot);
        secrets.set(
          name,
          isMap(node)
            ? new Map(
                [...reader.entries(node)].map(([machine, own]) => [machine, reader.text(own)]),
              )
            : reader.text(node),
        );
      }
    }
  }
  return secrets;
}

class ValueReader {
  readonly #file: string;
  readonly #document: YamlDocument;
  readonly #faults: Faults;

  constructor(file: string, document: YamlDocument, faults: Faults) {
    this.#file = file;
    this.#document = document;
    this.#faults = faults;
  }

  spot(node: Node): Spot {
    const { line, column } = this.#document.place(node);
    return { file: this.#file, line, column };
  }

  *entries(node: Node): Iterable<[string, Node | null]> {
    if (!isMap(node)) {
      this.#faults.error(this.spot(node), 'it must be a mapping, NAME: VALUE');
      return;
    }
    for (const { key, value } of node.items)
      yield [isScalar(key) ? String(key.value) : '', value as Node | null];
  }

  /** What YAML would take as something else, such as `#x`, `!x` or `&x`, is empty or shortened. */
  text(node: Node | null): string {
    if (!isScalar(node)) {
      const spot = node === null ? { file: this.#file } : this.spot(node);
      this.#faults.error(spot, 'the value of a secret must be a text', quoteIt);
      return '';
    }
    const value = String(node.value);
    const [, endOfValue = 0, end = 0] = node.range ?? [];
    const isQuoted = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE';
    if (node.tag !== undefined || node.anchor !== undefined)
      this.#faults.error(this.spot(node), 'YAML reads ! or & as a word of its own', quoteIt);
    else if (value === '' && !isQuoted)
      this.#faults.error(this.spot(node), 'the value is empty', quoteIt);
    else if (node.type === 'PLAIN' && /^\s*#/.test(this.#document.text.slice(endOfValue, end)))
      this.#faults.warn(
        this.spot(node),
        'what follows # is a comment, not part of the value',
        quoteIt,
      );
    return value;
  }
}
