import { isAlias, isMap, isScalar, type Node, type YAMLMap } from 'yaml';
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
import { warnOfPartitions } from './partition-warnings.ts';
import { configType } from './schema.ts';
import { embedTrees } from './trees.ts';
import { type Versions, versionsOf } from './versions.ts';
import type { Mapping, Place } from './yaml-places.ts';
import { Reader } from './yaml-reader.ts';

export interface Translated {
  /** In the order of the text. */
  readonly findings: readonly Finding[];
  /** Undefined where an error was found. */
  readonly result: (Emitted & Versions) | undefined;
}

/**
 * Translates a Fedora CoreOS Config (YAML) into an Ignition config. What it cannot translate is
 * reported with line and column; it throws nothing, whatever the bytes are.
 */
export function translate(bytes: Uint8Array, localFiles: LocalFiles = noLocalFiles): Translated {
  const findings = new Findings();
  const document = readDocument(bytes, findings);
  return concluded(document, localFiles, findings);
}

/** The same for a text that has been read; nothing of the document is changed. */
export function translateDocument(document: YamlDocument, localFiles: LocalFiles): Translated {
  return concluded(document, localFiles, new Findings());
}

function concluded(
  document: YamlDocument | undefined,
  localFiles: LocalFiles,
  findings: Findings,
): Translated {
  const result = document && translated(document, localFiles, findings);
  return {
    findings: findings.list.toSorted((a, b) => a.line - b.line || a.column - b.column),
    result: findings.failed ? undefined : result,
  };
}

function translated(
  document: YamlDocument,
  localFiles: LocalFiles,
  findings: Findings,
): (Emitted & Versions) | undefined {
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
    bootDevice(read, minor, places, findings),
    grub(read, places),
  ];
  const config = generated.reduce((own, parts) => mergeOver(parts, own, places), read);
  const storage = config['storage'] as Mapping | undefined;
  if (storage !== undefined) {
    embedTrees(storage, translation);
    warnOfPartitions(storage, minor, places, findings);
  }
  const ignition = (config['ignition'] ?? {}) as Mapping;
  config['ignition'] = mergeOver({ version: versions.ignition }, ignition, places);
  return { ...emit(config, configType, minor, places), ...versions };
}

/** The two keys that say how all the others are to be read. */
function readVersions(document: YamlDocument, findings: Findings): Versions | undefined {
  const { root } = document;
  if (!isMap(root)) {
    findings.syntaxError(document.place(root), 'it must be a mapping: key: value', writeFirst);
    return undefined;
  }
  const [variant, version] = [
    readWord(document, root, 'variant'),
    readWord(document, root, 'version'),
  ];
  for (const { key, wrong, place } of [variant, version])
    if (wrong !== undefined) findings.versionError(place, `${key} ${wrong}`, writeFirst);
  if (variant.wrong !== undefined || version.wrong !== undefined) return undefined;
  const versions = versionsOf(variant.text, version.text);
  if ('minor' in versions) return versions;
  const { place } = versions.key === 'variant' ? variant : version;
  findings.versionError(place, versions.message, versions.next);
  return undefined;
}

interface Word {
  readonly key: string;
  readonly text: string;
  readonly wrong: string | undefined;
  readonly place: Place;
}

function readWord(document: YamlDocument, root: YAMLMap, key: string): Word {
  const pair = root.items.find((item) => isScalar(item.key) && item.key.value === key);
  const value = isAlias(pair?.value) ? document.resolve(pair.value) : (pair?.value as Node | null);
  if (value === undefined || value === null)
    return { key, text: '', wrong: 'is missing', place: document.place(root) };
  const place = { ...document.place(value), path: key };
  // {placeholder} is a mapping to YAML.
  if (isMap(value) && value.flow)
    return { key, text: '', wrong: 'is a placeholder that was not filled in', place };
  if (!isScalar(value)) return { key, text: '', wrong: 'must be a text', place };
  const text = String(value.value);
  return { key, text, wrong: text === '' ? 'is missing' : undefined, place };
}

const writeFirst = 'A config begins with variant: fcos and version: 1.0.0.';
