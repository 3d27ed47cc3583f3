/**
 * Builds the binaries of all programs as Node single executables: the bundled program and its assets,
 * injected into Node itself. Arguments: the architectures to build; default: all.
 */
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { bundle } from './lib/bundle.ts';
import { hostNode, obtainNodeBase } from './lib/node-base.ts';
import { buildDir, inPackage, root } from './lib/paths.ts';
import {
  type PkgConfig,
  programNames,
  readPkgConfig,
  resolveTarget,
  type Target,
} from './lib/pkg-config.ts';
import { readStamp } from './lib/stamp.ts';

/** Marks the place in Node's program that says whether something has been injected. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const wanted = process.argv.slice(2);
for (const name of programNames) {
  const config = await readPkgConfig(name);
  for (const targetName of config.pkg.targets) {
    const target = await resolveTarget(config, targetName);
    if (wanted.length === 0 || wanted.includes(target.architecture))
      await packageTarget(config, target);
  }
}

async function packageTarget(config: PkgConfig, target: Target): Promise<void> {
  const dir = join(buildDir, `linux-${target.architecture}`);
  const main = join(dir, `${basename(config.bin, '.ts')}.cjs`);
  await bundle(config.bin, main, target);
  const assets = { ...target.assets, ...(await lateProgram(config, target, dir)) };

  const base = await obtainNodeBase(target.architecture);
  if (base.version.split('.')[0] !== target.nodeMajor)
    throw new Error(`${config.name} wants Node ${target.nodeMajor}, installed is ${base.version}`);
  const stamp = await readStamp(target.output, {
    files: [import.meta.filename, main, ...Object.values(assets)],
    values: [base.version, ...config.pkg.options].join(' '),
  });
  if (stamp.isCurrent) return;

  console.log(`Packaging ${target.output}`);
  const work = await mkdtemp(join(dir, 'package-'));
  try {
    const blob = await makeBlob(main, assets, config.pkg.options, work);
    const unfinished = join(work, config.name);
    await copyFile(base.program, unfinished);
    await chmod(unfinished, 0o755);
    const postject = inPackage('postject', 'dist/cli.js');
    await execa(hostNode, [postject, unfinished, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse]);
    await mkdir(dirname(target.output), { recursive: true });
    await rename(unfinished, target.output);
  } finally {
    await rm(work, { recursive: true });
  }
  await stamp.record();
}

/** The assets with the module that the program loads for everything except `--version`. */
async function lateProgram(
  config: PkgConfig,
  target: Target,
  dir: string,
): Promise<Record<string, string>> {
  if (config.program === undefined) return {};
  const program = join(dir, 'program.cjs');
  await bundle(config.program, program, { ...target, asFunction: true });
  return { 'program.cjs': program, ...(await codeCache(target, program)) };
}

/** V8's compiled form of the program. V8 accepts it only on the architecture that created it. */
async function codeCache(target: Target, program: string): Promise<Record<string, string>> {
  if (target.architecture !== process.arch) return {};
  const cache = `${program}.cache`;
  const script = join(import.meta.dirname, 'code-cache.ts');
  const stamp = await readStamp(cache, { files: [script, program], values: process.version });
  if (!stamp.isCurrent) {
    await execa(hostNode, [script, program, cache], { stdio: 'ignore' });
    await stamp.record();
  }
  return { 'program.cjs.cache': cache };
}

async function makeBlob(
  main: string,
  assets: Readonly<Record<string, string>>,
  options: readonly string[],
  dir: string,
): Promise<string> {
  const blob = join(dir, 'sea.blob');
  const seaConfig = {
    main,
    output: blob,
    assets,
    disableExperimentalSEAWarning: true,
    // Otherwise NODE_OPTIONS could put code into a program that root runs.
    execArgvExtension: 'none',
    // And so could OPENSSL_CONF, which names libraries to load.
    // SIGUSR1 would open a port, through which a debugger runs code as root.
    // undici sends a proxy's address as the TLS server name; that warning is not useful to users.
    execArgv: [
      '--openssl-config=/dev/null',
      '--disable-sigusr1',
      '--disable-warning=DEP0123',
      // max-semi-space-size is in MiB. A small value makes V8 release the buffers of received data
      // sooner; of the server, 10 000 machines take a third less memory.
      ...options.map((option) => `--${option}`),
    ],
  };
  const path = join(dir, 'sea-config.json');
  await writeFile(path, JSON.stringify(seaConfig, undefined, 2));
  await execa(hostNode, ['--experimental-sea-config', path], { cwd: root });
  return blob;
}
