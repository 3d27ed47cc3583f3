import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { parameterList } from '../../src/parameters/parameter-list.ts';
import { leavingNothing, namesIn, nowTicks, processesIn } from './left-behind.ts';

const root = join(import.meta.dirname, '../..');

/** The packaged program, as it is shipped. */
export const binaryPath = join(root, 'dist/coreos-installer');

/** The packaged program with its arguments. */
export function installerCommand(args: readonly string[]): string[] {
  return [binaryPath, ...args];
}

/** Where the checkout is, if a /tmp of its own would hide it from a test. */
const checkoutInTmp = root.startsWith('/tmp/') ? root : '';

/** `exec` keeps the process id, so that a signal to the child reaches the program. */
const script = `
set -eu
mkdir -p "$1/tmp" "$1/run"
chmod 700 "$1/run"
readlink /proc/self/ns/mnt > "$1/namespace"
mkdir -p -m 0700 /run/coreos-installer && mount --bind "$1/run" /run/coreos-installer
[ -e "$1/cmdline" ] || : > "$1/cmdline"
mount --bind "$1/cmdline" /proc/cmdline
[ -z "$2" ] || { mkdir -p "$1$2"; mount --rbind "$2" "$1$2"; }
[ ! -e "$1/etc" ] || mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/work" /etc
mount --rbind "$1/tmp" /tmp
[ ! -e "$1/meminfo" ] || mount --bind "$1/meminfo" /proc/meminfo
shift 2
while [ "$1" != -- ]; do mount --bind /dev/null "$1"; shift; done
shift
exec "$@"
`;

/**
 * Wraps a command so that it runs in its own mount namespace, whose /tmp and /proc/cmdline are `tmp` and
 * `cmdline` of `directory`: the machine's parameter files and kernel arguments have no effect. Its
 * private directories are made in `run`. A checkout below /tmp stays visible. A `meminfo` in `directory`
 * replaces /proc/meminfo, and what is in an `etc` is added to /etc.
 * `directory` must not be below /tmp. Tools in `hidden` (absolute paths) appear as not installed.
 */
export function inPrivateNamespace(
  directory: string,
  command: readonly string[],
  hidden: readonly string[] = [],
): string[] {
  return [
    ...['unshare', '--mount', '--propagation', 'private', '/bin/sh', '-c', script, 'sh'],
    ...[directory, checkoutInTmp, ...hidden, '--', ...command],
  ];
}

export interface InstallerRun {
  readonly args?: readonly string[];
  /** Another program with its arguments, in place of the packaged one with `args`. */
  readonly program?: readonly string[];
  /** The content of /proc/cmdline. */
  readonly cmdline?: string;
  /** How much memory the machine seems to have free. */
  readonly availableMemoryBytes?: number;
  /** Files in /tmp before the run, by name. */
  readonly tmpFiles?: Readonly<Record<string, string | Uint8Array>>;
  /** Config files of the installation medium, by name. */
  readonly mediumConfigs?: Readonly<Record<string, string>>;
  /** Tools that appear as not installed, as absolute paths. */
  readonly hidden?: readonly string[];
  /** Called with each piece of standard output. */
  readonly onOutput?: (text: string, pid: number) => void;
  /** Called with each piece of standard error. */
  readonly onComplaint?: (text: string, pid: number) => void;
  /** Standard input is open until then; without it, it is /dev/null. */
  readonly inputEnds?: Promise<unknown>;
  /** Put before the program: `setpriv …`, `/usr/bin/time …`. */
  readonly wrapper?: readonly string[];
}

export interface InstallerResult {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard error without warnings, which depend on other disks and on what is served. */
  readonly complaints: string;
  /** After a failure: the line of standard error before the command to try, without the code. */
  readonly diskState: string;
  /** What that line, or a message where there is none, ends with in brackets. */
  readonly code: string | undefined;
  /** Files in /tmp after the run, by name. */
  readonly tmpFiles: Readonly<Record<string, string>>;
}

const parameterFiles: readonly string[] = Object.values(parameterList).map(({ file }) => file);

/**
 * What a program that has ended leaves behind in a directory of `inPrivateNamespace`, in words. In /tmp
 * only names like ours count, or with `known` everything except that and the parameter files.
 */
export function leftIn(directory: string, known?: ReadonlySet<string>): string[] {
  const isOurs = (name: string) => /^\.?coreos-installer/.test(name);
  const isExpected = (name: string) => known?.has(name) || parameterFiles.includes(name);
  const inTmp = namesIn(join(directory, 'tmp')).filter((name) =>
    name === 'coreos-installer' ? false : known ? !isExpected(name) : isOurs(name),
  );
  const privateOnes = ['run', 'tmp/coreos-installer'].flatMap((parent) =>
    namesIn(join(directory, parent)).map((name) => join(parent, name)),
  );
  return [...inTmp.map((name) => `file tmp/${name}`), ...privateOnes.map((name) => `file ${name}`)];
}

/** The processes that still run in a namespace of `inPrivateNamespace`, in words; see `processesIn`. */
export function runningIn(directory: string, beforeTicks?: number): string[] {
  const path = join(directory, 'namespace');
  return existsSync(path)
    ? processesIn(readFileSync(path, 'utf8').trim(), beforeTicks, directory)
    : [];
}

/** Runs the packaged program to its end, successful or not; it leaves nothing behind. */
export async function runInstaller(run: InstallerRun): Promise<InstallerResult> {
  const directory = await mkdtemp('/var/tmp/coreos-installer-test-');
  try {
    const tmp = join(directory, 'tmp');
    await mkdir(tmp);
    await writeFile(join(directory, 'cmdline'), `${run.cmdline ?? ''}\n`);
    if (run.availableMemoryBytes !== undefined) {
      const kib = Math.floor(run.availableMemoryBytes / 1024);
      await writeFile(join(directory, 'meminfo'), `MemAvailable: ${kib} kB\n`);
    }
    for (const [name, content] of Object.entries(run.tmpFiles ?? {})) {
      await writeFile(join(tmp, name), content);
    }
    if (run.mediumConfigs !== undefined) {
      const configs = join(directory, 'etc/coreos/installer.d');
      await mkdir(configs, { recursive: true });
      await mkdir(join(directory, 'work'));
      for (const [name, content] of Object.entries(run.mediumConfigs))
        await writeFile(join(configs, name), content);
    }
    const installer = run.program ?? installerCommand(run.args ?? []);
    const program = [...(run.wrapper ?? []), ...installer];
    const [command, ...args] = inPrivateNamespace(directory, program, run.hidden);
    const known = run.wrapper
      ? undefined
      : new Set([...Object.keys(run.tmpFiles ?? {}), ...namedIn(run)]);
    const stdin = run.inputEnds === undefined ? 'ignore' : 'pipe';
    let endedTicks: number | undefined;
    const look = (ended?: { readonly signal?: string | undefined }) => [
      ...runningIn(directory, endedTicks),
      ...(ended === undefined || ended.signal === 'SIGKILL' ? [] : leftIn(directory, known)),
    ];
    const runIt = () => {
      const child = execa(command as string, args, { reject: false, stdin });
      void run.inputEnds?.finally(() => child.stdin?.end());
      child.stdout.on('data', (text: Buffer) => run.onOutput?.(text.toString(), child.pid ?? 0));
      child.stderr.on('data', (text: Buffer) => run.onComplaint?.(text.toString(), child.pid ?? 0));
      return child.finally(() => {
        endedTicks = nowTicks();
      });
    };
    const commandLine = [...installer, ...(run.cmdline ?? '').split(' ')];
    const ended = await leavingNothing(look, runIt, { commandLine });
    const { exitCode, signal, stdout, stderr } = ended;
    const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Try: '));
    const [, diskState = '', code] = /^(.*?)(?: \[([a-z-]+)\])?$/.exec(lines.at(-1) ?? '') ?? [];
    const complaints = stderr.replaceAll(/^Warning: .*(\n|$)/gm, '');
    const own = { complaints, diskState, code, tmpFiles: await filesIn(tmp) };
    return { exitCode, signal, stdout, stderr, ...own };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What its arguments name in /tmp, such as a log, or where a checkout below it is bound. */
function namedIn({ args = [] }: InstallerRun): string[] {
  return [checkoutInTmp, ...args].flatMap((word) => word.match(/(?<=\/tmp\/)[^/]+/g) ?? []);
}

export async function filesIn(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const contents = files.map(
    async ({ name }) => [name, await readFile(join(directory, name), 'latin1')] as const,
  );
  return Object.fromEntries(await Promise.all(contents));
}
