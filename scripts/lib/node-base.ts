import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Architecture, architectures } from './architectures.ts';
import { buildDir, inPackage, root } from './paths.ts';

/** The Node that is built into the binaries, and that builds them: both must be the same version. */
export interface NodeBase {
  readonly version: string;
  /** Without symbols; ready for the injection. */
  readonly program: string;
}

/** Node from npm for this machine, of the same version as in the binaries. */
export const hostNode = inPackage(`node-linux-${process.arch}`, 'bin/node');

/**
 * Node's program for an architecture, from its npm package, stripped. npm installs only that of the
 * machine's architecture; the other is downloaded by npm pack, and checked against package-lock.json.
 */
export async function obtainNodeBase(architecture: Architecture): Promise<NodeBase> {
  const name = `node-linux-${architecture}`;
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const dir = join(buildDir, `linux-${architecture}`);
  const program = join(dir, `node-${version}`);
  if (existsSync(program)) return { version, program };

  await mkdir(dir, { recursive: true });
  const work = await mkdtemp(join(dir, 'node-'));
  try {
    const original =
      architecture === process.arch
        ? hostNode
        : await unpack(`${name}@${version}`, integrity, work);
    // Strip before the injection: afterwards it would damage the program.
    const stripped = join(work, 'stripped');
    await execa(stripper(architecture), ['-o', stripped, original]);
    await rename(stripped, program);
  } finally {
    await rm(work, { recursive: true });
  }
  return { version, program };
}

async function unpack(spec: string, integrity: string, into: string): Promise<string> {
  console.log(`Fetching ${spec}`);
  const { stdout } = await execa('npm', ['pack', spec, '--silent', '--pack-destination', into]);
  const tarball = join(into, stdout.trim());
  const digest = createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64');
  if (`sha512-${digest}` !== integrity)
    throw new Error(`${spec} differs from package-lock.json: its digest is sha512-${digest}`);
  await execa('tar', ['-xzf', tarball, '-C', into, 'package/bin/node']);
  return join(into, 'package/bin/node');
}

function stripper(architecture: Architecture): string {
  return architecture === process.arch ? 'strip' : `${architectures[architecture].gnu}-strip`;
}
