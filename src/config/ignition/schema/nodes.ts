import * as v from 'valibot';
import { resource } from './resource.ts';
import { absolutePath, count, flag, type Objection, required, rule, text } from './rule.ts';

const owner = v.optional(
  v.pipe(
    v.object({ id: count, name: text }),
    rule(({ id, name }) =>
      id !== undefined && name !== undefined && name !== ''
        ? 'it has both an id and a name'
        : undefined,
    ),
  ),
);

const node = { path: absolutePath, overwrite: flag, user: owner, group: owner };

const mode = v.optional(
  v.pipe(
    v.number(),
    rule((bits) =>
      bits < 0 || bits > 0o7777
        ? 'a mode must be a decimal number from 0 to 4095 (07777)'
        : undefined,
    ),
  ),
);

export const directory = v.object({ ...node, mode });
export const link = v.object({ ...node, target: required, hard: flag });

export function file(minor: number) {
  const contents = resource(minor);
  return v.pipe(
    v.object({
      ...node,
      mode,
      contents: v.optional(contents),
      append: v.optional(v.array(contents)),
    }),
    v.forward(
      rule(({ overwrite, contents }) =>
        overwrite && contents?.source === undefined
          ? 'overwrite needs contents with a source'
          : undefined,
      ),
      ['overwrite'],
    ),
  );
}

interface Node {
  readonly path: string;
}

export interface Nodes {
  readonly files?: readonly Node[] | undefined;
  readonly directories?: readonly Node[] | undefined;
  readonly links?: readonly (Node & { target: string; hard?: boolean | undefined })[] | undefined;
}

/** Contradictions between files, directories and links. */
export function* objectionsToNodes(nodes: Nodes): Generator<Objection> {
  const links = new Set((nodes.links ?? []).map(({ path }) => path));
  const files = new Set((nodes.files ?? []).map(({ path }) => path));
  const directories = new Set((nodes.directories ?? []).map(({ path }) => path));
  const seen = new Map<string, string>();
  for (const kind of ['directories', 'files', 'links'] as const) {
    for (const [index, { path }] of (nodes[kind] ?? []).entries()) {
      const other = seen.get(path);
      if (other !== undefined) yield [[kind, index, 'path'], `${other} has the same path`];
      const above = ancestors(path).find((ancestor) => links.has(ancestor));
      if (above !== undefined)
        yield [
          [kind, index, 'path'],
          'it is below a link of this config; write the path that the link leads to',
        ];
      const file = ancestors(path).find((ancestor) => files.has(ancestor));
      if (file !== undefined)
        yield [
          [kind, index, 'path'],
          'it is below a file of this config, which is not a directory',
        ];
      seen.set(path, `${kind}[${index}]`);
    }
  }
  for (const [index, { target, hard }] of (nodes.links ?? []).entries()) {
    if (hard && directories.has(target))
      yield [['links', index, 'target'], 'a hard link cannot lead to a directory'];
  }
}

/** `/a` and `/a/b` of `/a/b/c`. */
function ancestors(path: string): string[] {
  const steps = path.split('/').slice(1, -1);
  return steps.map((_, index) => `/${steps.slice(0, index + 1).join('/')}`);
}
