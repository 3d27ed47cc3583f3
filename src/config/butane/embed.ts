import { plainDataUrl, shortestDataUrl } from './encode-data-url.ts';
import type { Findings } from './findings.ts';
import { LocalFileError, type LocalFiles } from './local-files.ts';
import type { MappingType, Type } from './schema-types.ts';
import type { List, Mapping, Places } from './yaml-places.ts';

export interface Translation {
  readonly minor: number;
  readonly places: Places;
  readonly findings: Findings;
  readonly localFiles: LocalFiles;
}

/** Expands `inline`, `local` and the other keys for contents. */
export function embedContents(config: Mapping, type: MappingType, translation: Translation): void {
  for (const [key, field] of Object.entries(type.fields)) {
    const value = config[key];
    if (value === undefined) continue;
    if (isMapping(field.type)) embedContents(value as Mapping, field.type, translation);
    else if (typeof field.type === 'object' && isMapping(field.type.item))
      for (const item of value as Mapping[]) embedContents(item, field.type.item, translation);
  }
  if ('inline' in type.fields) embedResource(config, translation);
  if ('contents_local' in type.fields) embedUnit(config, translation);
  if ('ssh_authorized_keys_local' in type.fields) embedKeys(config, translation);
}

function embedResource(resource: Mapping, { minor, places, findings, localFiles }: Translation) {
  const given = ['source', 'inline', 'local'].filter((key) => resource[key] !== undefined);
  const key = given.at(-1);
  if (key === undefined || (given.length === 1 && key === 'source')) return;
  const place = places.of(resource, key);
  if (given.length > 1) {
    findings.error(place, `only one of ${given.join(' and ')} can be given`);
    return;
  }
  const text = String(resource[key]);
  if (minor === 0) resource['source'] = plainDataUrl(text);
  else {
    const contents =
      key === 'inline' ? Buffer.from(text) : attempt(() => localFiles.read(text), place, findings);
    if (contents === undefined) return;
    const compression = resource['compression'] as string | undefined;
    Object.assign(resource, shortestDataUrl(contents, compression));
  }
  for (const made of ['source', 'compression'])
    if (!places.of(resource, made) || made === 'source')
      places.carry(resource, made, resource, key);
}

function embedUnit(unit: Mapping, { places, findings, localFiles }: Translation): void {
  const path = unit['contents_local'];
  if (typeof path !== 'string') return;
  const place = places.of(unit, 'contents_local');
  if (unit['contents'] !== undefined) {
    findings.error(place, 'only one of contents and contents_local can be given');
    return;
  }
  const contents = attempt(() => localFiles.read(path), place, findings);
  if (contents === undefined) return;
  unit['contents'] = contents.toString();
  places.carry(unit, 'contents', unit, 'contents_local');
}

function embedKeys(user: Mapping, { places, findings, localFiles }: Translation): void {
  const paths = (user['ssh_authorized_keys_local'] ?? []) as List;
  if (paths.length === 0) return;
  const keys = (user['ssh_authorized_keys'] ?? []) as List;
  user['ssh_authorized_keys'] = keys;
  for (const [index, path] of paths.entries()) {
    const place = places.of(paths, index);
    const contents = attempt(() => localFiles.read(String(path)), place, findings);
    for (const line of contents?.toString().split(/\r?\n/) ?? []) {
      if (line === '') continue;
      keys.push(line);
      places.carry(keys, keys.length - 1, paths, index);
    }
  }
}

/** What the action returned, or a finding why a local file could not be read. */
export function attempt<T>(
  action: () => T,
  place: ReturnType<Places['of']>,
  findings: Findings,
): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LocalFileError)) throw error;
    findings.error(place, error.message);
    return undefined;
  }
}

function isMapping(type: Type): type is MappingType {
  return typeof type === 'object' && 'fields' in type;
}
