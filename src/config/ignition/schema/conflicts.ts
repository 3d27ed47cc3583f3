import type { Objection } from './rule.ts';

interface Units {
  readonly units?: readonly Unit[] | undefined;
}

interface Unit {
  readonly name: string;
  readonly contents?: string | undefined;
  readonly dropins?:
    | readonly { readonly name: string; readonly contents?: string | undefined }[]
    | undefined;
}

interface Nodes {
  readonly files?: readonly { readonly path: string }[] | undefined;
  readonly directories?: readonly { readonly path: string }[] | undefined;
  readonly links?: readonly { readonly path: string }[] | undefined;
}

const unitDirectory = '/etc/systemd/system';

/**
 * Files, directories and links where Ignition writes a unit or a drop-in (refused since release
 * 2.15), and files where it needs a directory for them.
 */
export function* objectionsToUnitPaths(
  { units = [] }: Units,
  storage: Nodes,
): Generator<Objection> {
  const written = new Map<string, string>();
  const directories = new Map<string, string>([[unitDirectory, 'the units']]);
  for (const { name, contents, dropins = [] } of units) {
    if (contents) written.set(`${unitDirectory}/${name}`, `the unit ${name}`);
    for (const dropin of dropins.filter((each) => each.contents)) {
      const directory = `${unitDirectory}/${name}.d`;
      written.set(`${directory}/${dropin.name}`, `the drop-in ${dropin.name} of ${name}`);
      directories.set(directory, `the drop-ins of ${name}`);
    }
  }
  for (const kind of ['files', 'directories', 'links'] as const) {
    for (const [index, { path }] of (storage[kind] ?? []).entries()) {
      const place = ['storage', kind, index, 'path'];
      const same = written.get(path);
      if (same !== undefined) yield [place, `${same} of this config is written there too`];
      const below = kind === 'files' && units.length > 0 ? directories.get(path) : undefined;
      if (below !== undefined) yield [place, `${below} need a directory there`];
    }
  }
}
