import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** The packaged program, as it is shipped. */
export const binaryPath = new URL('../../dist/coreos-installer', import.meta.url).pathname;

export interface InstallerRun {
  readonly args?: readonly string[];
  /** What /proc/cmdline holds. */
  readonly cmdline?: string;
  /** Files that stand in /tmp beforehand, by name. */
  readonly tmpFiles?: Readonly<Record<string, string | Uint8Array>>;
  /** Directories of tools, in place of the machine's /usr/sbin. */
  readonly hideTools?: readonly string[];
  readonly signal?: AbortSignal;
  /** Called with each piece of standard output, and the program's process id. */
  readonly onOutput?: (text: string, pid: number) => void;
}

export interface InstallerResult {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** What stands in /tmp afterwards, by name. */
  readonly tmpFiles: Readonly<Record<string, string>>;
}

/**
 * Runs in a mount namespace of its own, whose /tmp and /proc/cmdline are the test's: the machine's
 * parameter files and kernel arguments play no part. `exec` keeps the process id.
 */
const inPrivateNamespace = `
set -eu
mount --bind "$1" /tmp
mount --bind "$2" /proc/cmdline
shift 2
while [ "$1" != -- ]; do mount --bind /dev/null "$1"; shift; done
shift
exec "$@"
`;

/** Runs the packaged program to its end, whatever that is. */
export async function runInstaller(run: InstallerRun): Promise<InstallerResult> {
  // Not below /tmp: the program sees its own there.
  const directory = await mkdtemp('/var/tmp/installer-');
  try {
    const tmp = join(directory, 'tmp');
    const cmdline = join(directory, 'cmdline');
    await mkdir(tmp);
    await writeFile(cmdline, `${run.cmdline ?? ''}\n`);
    for (const [name, content] of Object.entries(run.tmpFiles ?? {})) {
      await writeFile(join(tmp, name), content);
    }
    const hidden = run.hideTools ?? [];
    const command = [binaryPath, ...(run.args ?? [])];
    const child = execa(
      'unshare',
      [
        ...['--mount', '--propagation', 'private', '/bin/sh', '-c', inPrivateNamespace, 'sh'],
        ...[tmp, cmdline, ...hidden, '--', ...command],
      ],
      {
        reject: false,
        stdin: 'ignore',
        ...(run.signal === undefined ? {} : { cancelSignal: run.signal }),
        forceKillAfterDelay: false,
      },
    );
    child.stdout.on('data', (text: Buffer) => run.onOutput?.(text.toString(), child.pid ?? 0));
    const { exitCode, signal, stdout, stderr } = await child;
    return { exitCode, signal, stdout, stderr, tmpFiles: await filesIn(tmp) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function filesIn(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const contents = files.map(
    async ({ name }) => [name, await readFile(join(directory, name), 'latin1')] as const,
  );
  return Object.fromEntries(await Promise.all(contents));
}
