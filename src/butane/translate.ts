import { isMap, isScalar } from 'yaml';
import type { Finding } from '../ignition/finding.ts';
import { bootDevice } from './boot-device.ts';
import { readDocument, type YamlDocument } from './document.ts';
import { embedContents, type Translation } from './embed.ts';
import { type Emitted, emit } from './emit.ts';
import { Findings } from './findings.ts';
import { grub } from './grub.ts';
import { type LocalFiles, noLocalFiles } from './local-files.ts';
import { mergeOver } from './merge.ts';
import { mountUnits } from './mount-units.ts';
import type { Mapping, Place } from './places.ts';
import { Reader } from './read.ts';
import { warnOfReservedLabels } from './reserved-labels.ts';
import { printable } from './scalar.ts';
import { configType } from './schema.ts';
import { embedTrees } from './trees.ts';
import { supported, type Versions, versionsOf } from './versions.ts';

export interface Translated {
  /** In the order of the text. */
  readonly findings: readonly Finding[];
  /** Undefined where an error was found. */
  readonly result: (Emitted & Versions) | undefined;
}

/**
 * Translates a Fedora CoreOS Config (YAML) into an Ignition config. What it cannot take is told
 * with line and column; it throws nothing, whatever the bytes are.
 */
export function translate(bytes: Uint8Array, localFiles: LocalFiles = noLocalFiles): Translated {
  const findings = new Findings();
  const result = translated(bytes, localFiles, findings);
  return {
    findings: findings.list.toSorted((a, b) => a.line - b.line || a.column - b.column),
    result: findings.failed ? undefined : result,
  };
}

function translated(
  bytes: Uint8Array,
  localFiles: LocalFiles,
  findings: Findings,
): (Emitted & Versions) | undefined {
  const document = readDocument(bytes, findings);
  if (document === undefined) return undefined;
  const versions = readVersions(document, findings);
  if (versions === undefined) return undefined;
  const { minor } = versions;
  const reader = new Reader(document, minor, findings);
  const read = reader.read(configType);
  if (read === undefined || findings.failed) return undefined;

  const { places } = reader;
  const translation: Translation = { minor, places, findings, localFiles };
  embedContents(read, configType, translation);
  const generated = [
    mountUnits((read['storage'] ?? {}) as Mapping, minor, places, findings),
    bootDevice(read, places, findings),
    grub(read, places),
  ];
  const config = generated.reduce((own, parts) => mergeOver(parts, own, places), read);
  const storage = config['storage'] as Mapping | undefined;
  if (storage !== undefined) {
    embedTrees(storage, translation);
    warnOfReservedLabels(storage, places, findings);
  }
  const ignition = (config['ignition'] ?? {}) as Mapping;
  config['ignition'] = mergeOver({ version: versions.ignition }, ignition, places);
  return { ...emit(config, configType, minor, places), ...versions };
}

/** The two keys that say how all the others are to be read. */
function readVersions(document: YamlDocument, findings: Findings): Versions | undefined {
  const { root } = document;
  if (!isMap(root)) {
    findings.error(document.place(root), 'it must be a mapping: key: value', writeFirst);
    return undefined;
  }
  const word = (key: string): { text?: string; place: Place } => {
    const pair = root.items.find((item) => isScalar(item.key) && item.key.value === key);
    const value = pair?.value;
    if (!isScalar(value)) return { place: document.place(root) };
    return { text: String(value.value), place: { ...document.place(value), path: key } };
  };
  const [variant, version] = [word('variant'), word('version')];
  if (!variant.text) findings.error(variant.place, 'variant is missing', writeFirst);
  if (!version.text) findings.error(version.place, 'version is missing', writeFirst);
  if (!variant.text || !version.text) return undefined;
  const known = versionsOf(variant.text, version.text);
  if (known !== undefined) return known;
  const [what, { text, place }] =
    variant.text === 'fcos' ? ['version', version] : ['variant', variant];
  findings.error(
    place,
    `${what} ${printable(text ?? '')} is not known here; known are: ${supported}`,
  );
  return undefined;
}

const writeFirst = 'A config begins with variant: fcos and version: 1.0.0.';
