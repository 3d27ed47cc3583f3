import { posix } from 'node:path';
import { attempt, type Translation } from './embed.ts';
import { shortestDataUrl } from './encode-data-url.ts';
import type { TreeEntry } from './local-files.ts';
import type { List, Mapping, Place } from './yaml-places.ts';

/**
 * Puts files and links of local directories into the config, and the directories where a mode or an
 * owner is set for them. An entry for the same path keeps its own owner and mode, and gets the
 * contents.
 */
export function embedTrees(storage: Mapping, translation: Translation): void {
  const { places, findings, localFiles } = translation;
  const trees = (storage['trees'] ?? []) as Mapping[];
  for (const [index, tree] of trees.entries()) {
    const place = places.of(trees as List, index);
    const entries = attempt(() => [...localFiles.tree(String(tree['local']))], place, findings);
    for (const entry of entries ?? []) {
      const path = posix.join(String(tree['path'] || '/'), entry.path).replace(/(?<=.)\/$/, '');
      attempt(
        () => embedEntry(storage, path, entry, { tree, place }, translation),
        place,
        findings,
      );
    }
  }
}

function embedEntry(
  storage: Mapping,
  path: string,
  { content }: TreeEntry,
  { tree, place }: Source,
  { places, findings }: Translation,
): void {
  if (content === undefined) {
    findings.error(place, `${path} would be neither a file nor a link`);
    return;
  }
  if (content.kind === 'directory') {
    // Otherwise Ignition creates them for what is in them.
    const { dir_mode: mode, user, group } = tree;
    const said = mode !== undefined || user !== undefined || group !== undefined;
    if (!said || path === '/') return;
    const node = nodeFor(storage, 'directories', path, tree);
    if (node === undefined) findings.error(place, `${path} is in the config already`);
    else if (places.of(node) === undefined) {
      node['mode'] = mode ?? 0o755;
      places.setAll(node, place);
    }
    return;
  }
  const kind = content.kind === 'file' ? 'files' : 'links';
  const node = nodeFor(storage, kind, path, tree);
  const taken =
    kind === 'files' ? ((node?.['contents'] ?? {}) as Mapping)['source'] : node?.['target'];
  if (node === undefined || taken) {
    findings.error(place, `${path} is in the config already`);
    return;
  }
  if (places.of(node) === undefined) places.setAll(node, place);
  if (content.kind === 'link') node['target'] = content.target;
  else {
    const contents = { ...((node['contents'] ?? {}) as Mapping) };
    const compression = contents['compression'] as string | undefined;
    Object.assign(contents, shortestDataUrl(content.read(), compression));
    node['contents'] = places.setAll(contents, place);
    node['mode'] ??= tree['file_mode'] ?? (content.executable ? 0o755 : 0o644);
  }
}

interface Source {
  readonly tree: Mapping;
  readonly place: Place | undefined;
}

/**
 * The entry for that path, made where there is none, with the tree's owners; undefined when it is
 * of another kind.
 */
function nodeFor(
  storage: Mapping,
  kind: 'files' | 'links' | 'directories',
  path: string,
  { user, group }: Mapping,
): Mapping | undefined {
  for (const other of ['files', 'links', 'directories'] as const) {
    const nodes = (storage[other] ?? []) as Mapping[];
    const found = nodes.find((node) => node['path'] === path);
    if (found !== undefined) return other === kind ? found : undefined;
  }
  const node: Mapping = {
    path,
    ...(user !== undefined && { user: { ...(user as Mapping) } }),
    ...(group !== undefined && { group: { ...(group as Mapping) } }),
  };
  const nodes = (storage[kind] ?? []) as List;
  nodes.push(node);
  storage[kind] = nodes;
  return node;
}
