import type { Stats } from 'node:fs';
import { isMap, isScalar, type Node } from 'yaml';
import { UnusableFileError } from '../../lib/small-file.ts';
import type { Faults, Spot } from './faults.ts';
import type { FleetFile } from './fleet-files.ts';
import { type FleetYaml, readYaml } from './yaml-file.ts';

/** The secrets of all files, by the name that templates use. */
export type Secrets = ReadonlyMap<string, Secret>;

/** A text for all machines, or one for each, by the name of the machine. */
export type Secret = string | ReadonlyMap<string, string>;

/**
 * Throws for a file that somebody else can read, or has made. For root, `ownerUid`, the owner of the fleet's
 * directory, is nobody else: files of the packaged service belong to its user.
 */
export function judgeSecretFile({ mode, uid }: Stats, ownerUid: number | undefined): void {
  if ((mode & 0o077) !== 0)
    throw new UnusableFileError(
      `its mode is ${(mode & 0o777).toString(8).padStart(4, '0')}, so that other users can read or change it (make it 0600)`,
    );
  const ownUid = process.geteuid?.();
  if (uid !== 0 && uid !== ownUid && !(ownUid === 0 && uid === ownerUid))
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
    const yaml = readYaml(file, faults, { message: 'it is not valid YAML', next: quoteIt });
    if (yaml === undefined) continue;
    for (const [name, node] of entriesOf(yaml.root, yaml, faults)) {
      const spot = yaml.place(node);
      const first = spots.get(name);
      if (!/^\w+$/.test(name))
        faults.error(spot, 'the name of a secret consists of letters, digits and _');
      else if (first !== undefined)
        faults.error(spot, `${name} is already in ${first.file}, line ${first.line}`);
      else spots.set(name, spot);
      const text = (value: Node) => textOf(value, yaml, faults);
      const own = isMap(node) ? entriesOf(node, yaml, faults) : [];
      secrets.set(
        name,
        isMap(node) ? new Map(own.map(([machine, value]) => [machine, text(value)])) : text(node),
      );
    }
  }
  return secrets;
}

function entriesOf(node: Node, yaml: FleetYaml, faults: Faults): [string, Node][] {
  if (!isMap<Node, Node | null>(node)) {
    faults.error(yaml.place(node), 'it must be a mapping, NAME: VALUE');
    return [];
  }
  return node.items.flatMap(({ key, value }) => {
    if (isScalar(key) && value !== null) return [[String(key.value), value]];
    faults.error(yaml.place(key), 'it must be NAME: VALUE');
    return [];
  });
}

/** What YAML would take as something else, such as `#x`, `!x` or `&x`, is empty or shortened. */
function textOf(node: Node, yaml: FleetYaml, faults: Faults): string {
  const spot = yaml.place(node);
  if (!isScalar(node)) {
    faults.error(spot, 'the value of a secret must be a text', quoteIt);
    return '';
  }
  const text = String(node.value);
  const [, endOfValue = 0, end = 0] = node.range ?? [];
  const isQuoted = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE';
  if (node.tag !== undefined || node.anchor !== undefined)
    faults.error(spot, 'YAML reads ! or & as a word of its own', quoteIt);
  else if (text === '' && !isQuoted) faults.error(spot, 'the value is empty', quoteIt);
  else if (node.type === 'PLAIN' && /^\s*#/.test(yaml.text.slice(endOfValue, end)))
    faults.warn(spot, 'what follows # is a comment, not part of the value', quoteIt);
  return text;
}
