import { closeSync, constants, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openConnections } from './listen.ts';
import { loopsOn, ownLoopDevices } from './loop-device.ts';

/** The command lines of what is in progress. */
const inProgress = new Set<readonly string[]>();

/** A program is in progress until this is disposed of: it uses the disks and servers that it names. */
export function begin(commandLine: readonly string[]): Disposable {
  // There can be two with the same words.
  const own = [...commandLine];
  inProgress.add(own);
  return { [Symbol.dispose]: () => void inProgress.delete(own) };
}

export interface LeavingOptions {
  /** What is run: names the disks and servers that it may use. */
  readonly commandLine?: readonly string[];
  /** For what ends by itself, such as an unused loop device. */
  readonly patienceMs?: number;
}

/**
 * Calls `run`, and fails if it leaves something behind: what `look` returns, in words (it gets the
 * outcome, once there is one), a connection to a server of this process, and any new use of this
 * process's own loop devices: a mount, a claim, a loop device on it. Other disks of the machine may
 * change. While something else is in progress, only the disks and servers count that this command line
 * names, and no other.
 */
export async function leavingNothing<T>(
  look: (outcome?: T) => readonly string[],
  run: () => Promise<T>,
  { commandLine = [], patienceMs = 10_000 }: LeavingOptions = {},
): Promise<T> {
  const before = new Map([...ownLoopDevices].map((path) => [path, new Set(usesOf(path))]));
  const known = counted(look());
  const knownConnections = counted(openConnections());
  const own = begin(commandLine);
  const outcome = await run().finally(() => own[Symbol.dispose]());
  const connections = () =>
    openConnections().filter((words) => isAlone(commandLine, serverOf(words)));
  const disks = () => [...ownLoopDevices].filter((path) => isAlone(commandLine, diskOf(path)));
  const left = () => [
    ...beyond(look(outcome), known),
    ...beyond(connections(), knownConnections),
    ...disks().flatMap((path) => newUses(path, before.get(path))),
  ];
  const endMs = performance.now() + patienceMs;
  // There is no event for the end of a process that is not a child, nor for that of a loop device.
  while (left().length > 0 && performance.now() < endMs) await delay(10);
  const stays = left();
  if (stays.length > 0) throw new Error(`The run has left behind:\n${stays.join('\n')}`);
  return outcome;
}

type Naming = (word: string) => boolean;

/** Whether nothing else that is in progress can have to do with what this command line may use. */
function isAlone(commandLine: readonly string[], isNamed: Naming): boolean {
  const others = [...inProgress];
  if (others.length === 0) return true;
  return commandLine.some(isNamed) && !others.some((other) => other.some(isNamed));
}

/** `loop3`, `/dev/loop3` or `--device=loop3`. */
function diskOf(path: string): Naming {
  return (word) => word.split(/[=/]/).at(-1) === path.slice('/dev/'.length);
}

/** A URL with its port, which is the last of these words. */
function serverOf(words: string): Naming {
  const url = new RegExp(`:${words.split(' ').at(-1)}\\b`);
  return (word) => url.test(word);
}

function newUses(path: string, before: ReadonlySet<string> = new Set()): string[] {
  return usesOf(path).filter((use) => !before.has(use));
}

/** Who uses a block device, in words. */
function usesOf(path: string): string[] {
  const name = path.slice('/dev/'.length);
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return [
    ...loopsOn(path).map((loop) => `${loop}, which is on ${path}`),
    ...namesIn(`/sys/block/${name}/holders`).map((holder) => `${holder}, which holds ${path}`),
    ...mounts.filter((line) => line.split(' ')[0]?.startsWith(path)).map((line) => `mount ${line}`),
    ...(isClaimed(path) ? [`a claim on ${path}`] : []),
  ];
}

function isClaimed(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_RDONLY | constants.O_EXCL));
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EBUSY';
  }
}

/** The mount namespace of a process, `mnt:[4026531841]`; undefined where it has ended. */
export function mountNamespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}

/**
 * The processes that live in a mount namespace, in words: `process 1234 (gpgv)`. Of a namespace that may
 * have ended, only those that started before that: its number is used again at once.
 */
export function processesIn(
  namespace: string,
  beforeTicks = Number.POSITIVE_INFINITY,
  directory?: string,
): string[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name) && mountNamespaceOf(name) === namespace)
    .filter((pid) => startTicksOf(pid) < beforeTicks && !isOfAnotherRun(pid, directory))
    .map((pid) => `process ${pid} (${commandOf(pid)})`);
}

/** One that started before, and got the number of the namespace when it was free: it has other mounts. */
function isOfAnotherRun(pid: string, directory: string | undefined): boolean {
  if (directory === undefined) return false;
  try {
    const mounts = readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
    return !mounts.includes(`/${basename(directory)}/`);
  } catch {
    return true;
  }
}

/** Hundredths of a second since the machine started. */
export function nowTicks(): number {
  return Math.floor(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 100);
}

/** When a process started, in the same unit: field 22 of proc_pid_stat(5); now, if it has ended. */
function startTicksOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before the parenthesis may contain anything.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return nowTicks();
  }
}

/** The children of this process, in words. */
export function ownChildren(): string[] {
  return namesIn('/proc/self/task')
    .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' '))
    .filter((pid) => pid !== '')
    .map((pid) => `process ${pid} (${commandOf(pid)})`);
}

/** The files and devices that this process has open, in words; neither sockets nor pipes. */
export function ownFiles(): string[] {
  return namesIn('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith('/') && !path.startsWith('/proc/') ? [`open file ${path}`] : [];
    } catch {
      // The one that was open for reading the directory.
      return [];
    }
  });
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'ended';
  }
}

/** Names in a directory; none where there is no such directory. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function counted(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** What is in `words` more often than it is known. */
function beyond(words: readonly string[], known: ReadonlyMap<string, number>): string[] {
  const counts = counted(words);
  return [...counts]
    .filter(([word, count]) => count > (known.get(word) ?? 0))
    .map(([word]) => word);
}
