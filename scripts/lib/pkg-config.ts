import { glob, readFile } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { type Architecture, architectures } from './architectures.ts';
import { root } from './paths.ts';

/** One binary that a `PkgConfig` specifies. Paths are absolute. */
export interface Target {
  readonly architecture: Architecture;
  readonly nodeMajor: string;
  readonly output: string;
  /** Name inside the binary → file. */
  readonly assets: Readonly<Record<string, string>>;
}

/** One program, in the format of the `pkg` tool; `program` is our extension. */
export interface PkgConfig {
  readonly name: string;
  /** The entry module. */
  readonly bin: string;
  /** The module that it loads for everything except `--version`; absent: it loads none. */
  readonly program?: string;
  readonly pkg: {
    readonly targets: readonly string[];
    readonly assets: readonly string[];
    /** Of V8, without their dashes. */
    readonly options: readonly string[];
    readonly outputPath: string;
  };
}

/** The file of each program. */
const files = {
  'coreos-installer': 'pkg.config.json',
  'coreos-provision': 'pkg.provision.json',
} as const;
export type ProgramName = keyof typeof files;
export const programNames = Object.keys(files) as ProgramName[];

export async function readPkgConfig(name: ProgramName): Promise<PkgConfig> {
  return JSON.parse(await readFile(join(root, files[name]), 'utf8'));
}

/** Resolves a target such as `node24-linux-arm64`; the binary for x64 has no suffix. */
export async function resolveTarget(config: PkgConfig, name: string): Promise<Target> {
  const [, nodeMajor, architecture] = /^node(\d+)-linux-(\w+)$/.exec(name) ?? [];
  if (nodeMajor === undefined || !isArchitecture(architecture))
    throw new Error(`${config.name} has a target that cannot be built: ${name}`);
  const suffix = architecture === 'x64' ? '' : `-${architecture}`;
  return {
    architecture,
    nodeMajor,
    output: join(root, config.pkg.outputPath, `${config.name}${suffix}`),
    assets: await assetsFor(config.pkg.assets, architecture),
  };
}

/** Files below a `linux-ARCH` directory go only into the binary for that architecture. */
async function assetsFor(
  patterns: readonly string[],
  architecture: Architecture,
): Promise<Record<string, string>> {
  const assets: Record<string, string> = {};
  for await (const path of glob(patterns, { cwd: root })) {
    const madeFor = path.split(sep).find((part) => part.startsWith('linux-'));
    if (madeFor === undefined || madeFor === `linux-${architecture}`)
      assets[basename(path)] = join(root, path);
  }
  return assets;
}

function isArchitecture(name: string | undefined): name is Architecture {
  return name !== undefined && name in architectures;
}
