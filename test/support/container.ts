import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { findTool, requiredTools } from '../../src/system/tools.ts';
import { binaryPath } from './installer.ts';

/** A root file system for containers. Disposing removes it. */
export interface ContainerRoot extends AsyncDisposable {
  readonly path: string;
  /** Its directory for temporary files. */
  leftovers(): Promise<string[]>;
}

const temporary = ['run', 'tmp', 'var/tmp'];

/**
 * The minimum: the program, the tools that it requires, and the libraries of both. No shell, no udev, no
 * systemd, no configuration.
 */
export async function containerRoot(): Promise<ContainerRoot> {
  const path = await mkdtemp('/var/tmp/coreos-installer-container-');
  await mkdir(join(path, 'usr/bin'), { recursive: true });
  await cp(binaryPath, join(path, 'usr/bin', basename(binaryPath)));
  const tools = requiredTools.map((tool) => findTool(tool) ?? `no ${tool}`);
  const { stdout } = await execa('ldd', [binaryPath, ...tools]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, library = '']) => library);
  for (const file of new Set([...tools, ...libraries])) {
    await mkdir(join(path, dirname(file)), { recursive: true });
    await cp(file, join(path, file), { dereference: true });
  }
  for (const name of ['dev', 'etc', 'proc', 'sys', ...temporary])
    await mkdir(join(path, name), { recursive: true });
  return {
    path,
    async leftovers() {
      const below = temporary.map(async (name) =>
        (await readdir(join(path, name))).map((entry) => join('/', name, entry)),
      );
      return (await Promise.all(below)).flat();
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export interface RunningContainer {
  readonly ended: Promise<{
    readonly exitCode?: number | undefined;
    readonly stdout: string;
    readonly stderr: string;
  }>;
  /** Sends a signal to the program in it, its first process. */
  signal(name: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export interface ContainerRuntime {
  readonly name: string;
  /** Runs the words of `podman run …`; `onOutput` gets its standard output. */
  start(command: readonly string[], onOutput?: (text: string) => void): RunningContainer;
}

/** What the documented command asks podman for. */
const asked = '--rm --privileged --network host -v /dev:/dev --rootfs';

const enter = `
set -eu
mount --bind "$1" "$1"
cd "$1"
mount --rbind /dev dev
mount --rbind /sys sys
mount -t proc proc proc
shift
exec chroot . "$@"
`;

/** The same with namespaces alone: it works in a container, where podman often does not. */
export const withoutPodman: ContainerRuntime = {
  name: 'namespaces, as podman makes them',
  start([, , ...words], onOutput) {
    const options = asked.split(' ');
    if (words.slice(0, options.length).join(' ') !== asked)
      throw new Error(`podman run ${words.join(' ')}: it begins with other options than ${asked}`);
    const child = execa(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child'],
        ...['--propagation', 'private', 'sh', '-c', enter, 'sh', ...words.slice(options.length)],
      ],
      { reject: false, stdin: 'ignore', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } },
    );
    child.stdout.on('data', (text: Buffer) => onOutput?.(text.toString()));
    return {
      ended: child,
      async signal(name) {
        const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
        process.kill(Number(children), name);
      },
    };
  },
};

/** Podman, or undefined where it is missing or does not work. `directory` gets its configuration. */
export async function podman(
  root: ContainerRoot,
  directory: string,
): Promise<ContainerRuntime | undefined> {
  for (const engine of ['crun', 'runc']) {
    const configuration = join(directory, `${engine}.conf`);
    // Its default limits are above those that a container may set.
    const limits = 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]';
    await writeFile(configuration, `[containers]\n${limits}\n[engine]\nruntime = "${engine}"\n`);
    const env = { CONTAINERS_CONF: configuration };
    const proof = ['run', ...asked.split(' '), root.path, 'coreos-installer', '--version'];
    const { exitCode } = await execa('podman', proof, { env, reject: false });
    if (exitCode === 0) return podmanWith(env);
  }
  return undefined;
}

function podmanWith(env: Readonly<Record<string, string>>): ContainerRuntime {
  let count = 0;
  return {
    name: 'podman',
    start([, , ...words], onOutput) {
      count += 1;
      const name = `coreos-installer-test-${process.pid}-${count}`;
      const child = execa('podman', ['run', '--name', name, ...words], {
        ...{ reject: false, stdin: 'ignore', env },
      });
      child.stdout.on('data', (text: Buffer) => onOutput?.(text.toString()));
      return {
        ended: child,
        signal: async (signal) =>
          void (await execa('podman', ['kill', '-s', signal, name], { env })),
      };
    },
  };
}
