import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { installerCommand } from './installer.ts';
import { leavingNothing, mountNamespaceOf, namesIn, processesIn } from './left-behind.ts';

/** The files and mounts that a killed or finished run left. */
export interface Traces {
  /** Below /run, /tmp, /var/tmp and /dev/shm. */
  readonly files: readonly string[];
  readonly mounts: readonly string[];
}

export interface StageRun {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StageRunOptions {
  /** Gets its standard output and its process id. */
  readonly onOutput?: (text: string, pid: number) => void;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A mount namespace that outlives the programs in it, with its own /run, /tmp, /var/tmp and /dev/shm:
 * what a run leaves behind is found by the next one, and by no other.
 */
export interface Stage extends AsyncDisposable {
  /** Runs the packaged program. Unless it is killed, it leaves nothing behind. */
  run(args: readonly string[], options?: StageRunOptions): Promise<StageRun>;
  /** Runs commands of a shell; gives what they print. */
  shell(script: string, ...args: string[]): Promise<string>;
  /** Settles when no program is left, the killed one's children included. */
  empty(): Promise<void>;
  traces(): Promise<Traces>;
}

const directories = ['/run', '/tmp', '/var/tmp', '/dev/shm'];

/** A binary below one of the hidden directories is still found: it is bound into the stage. */
const setUp = `
set -eu
mount --bind "$1" /mnt
for directory in ${directories.join(' ')}; do mount -t tmpfs stage "$directory"; done
: > /run/cmdline
mount --bind /run/cmdline /proc/cmdline
echo ready
read -r end
`;

export async function openStage(): Promise<Stage> {
  const [program = ''] = installerCommand([]);
  const holder = execa(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-c', setUp, 'sh', join(program, '..')],
    { reject: false },
  );
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  const pid = String(holder.pid);
  const namespace = mountNamespaceOf(pid) ?? '';
  const look = (ended?: { readonly signal?: string | undefined }) => [
    ...processesIn(namespace),
    // A killed run leaves it to the next one.
    ...(ended?.signal === 'SIGKILL' ? [] : [...ownDirectories(pid), ...loopMounts(pid)]),
  ];
  const inside = [`--mount=/proc/${pid}/ns/mnt`];
  return {
    async run(args, { onOutput, env = {} } = {}) {
      // nsenter itself must not be reached by the environment.
      const variables = Object.entries(env).map((pair) => pair.join('='));
      const runIt = () => {
        const child = execa(
          'nsenter',
          [...inside, 'env', ...variables, '/mnt/coreos-installer', ...args],
          { reject: false, stdin: 'ignore' },
        );
        child.stdout.on('data', (text: Buffer) => onOutput?.(text.toString(), child.pid ?? 0));
        return child;
      };
      const ended = await leavingNothing(look, runIt, { commandLine: args });
      const { exitCode, signal, stdout, stderr } = ended;
      return { exitCode, signal, stdout, stderr };
    },
    async shell(script, ...args) {
      return (await execa('nsenter', [...inside, 'sh', '-euc', script, 'sh', ...args])).stdout;
    },
    async empty() {
      // There is no event for the end of a process that is not a child.
      while (processesIn(namespace).length > 1) await delay(5);
    },
    async traces() {
      const below = directories.map(async (directory) =>
        (await readdir(`/proc/${pid}/root${directory}`, { recursive: true })).map((name) =>
          join(directory, name),
        ),
      );
      return { files: (await Promise.all(below)).flat().sort(), mounts: loopMounts(pid) };
    },
    async [Symbol.asyncDispose]() {
      holder.stdin.end('\n');
      await holder;
    },
  };
}

/** The private directories of programs in a process's mount namespace, in words. */
function ownDirectories(pid: string): string[] {
  return directories.flatMap((directory) =>
    namesIn(`/proc/${pid}/root${directory}/coreos-installer`).map(
      (name) => `directory ${directory}/coreos-installer/${name}`,
    ),
  );
}

function loopMounts(pid: string): string[] {
  const lines = readFileSync(`/proc/${pid}/mounts`, 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('/dev/loop'));
}
