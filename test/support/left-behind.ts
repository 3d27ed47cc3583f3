import { closeSync, constants, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { openConnections } from './listen.ts';
import { loopsOn, ownLoopDevices } from './loop-device.ts';

let running = 0;

/**
 * Calls `run`, and fails if it leaves something behind: what `look` returns, in words (it gets the
 * outcome, once there is one), a connection to a server of this process, and any new use of this
 * process's own loop devices: a mount, a claim, a loop device on it. Other disks of the machine may
 * change. While several runs are in progress, only the result of `look` counts. What ends by itself, such
 * as an unused loop device, has `patienceMs` for that.
 */
export async function leavingNothing<T>(
  look: (outcome?: T) => readonly string[],
  run: () => Promise<T>,
  patienceMs = 10_000,
): Promise<T> {
  const before = new Map([...ownLoopDevices].map((path) => [path, new Set(usesOf(path))]));
  const known = counted(look());
  const knownConnections = counted(openConnections());
  running += 1;
  const outcome = await run().finally(() => {
    running -= 1;
  });
  const machine = () => [
    ...beyond(openConnections(), knownConnections),
    ...[...ownLoopDevices].flatMap((path) => newUses(path, before.get(path))),
  ];
  const left = () => [...beyond(look(outcome), known), ...(running > 0 ? [] : machine())];
  const endMs = performance.now() + patienceMs;
  // There is no event for the end of a process that is not a child, nor for that of a loop device.
  while (left().length > 0 && performance.now() < endMs) await delay(10);
  const stays = left();
  if (stays.length > 0) throw new Error(`The run has left behind:\n${stays.join('\n')}`);
  return outcome;
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

/** The processes that live in a mount namespace, in words: `process 1234 (gpgv)`. */
export function processesIn(namespace: string): string[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name) && mountNamespaceOf(name) === namespace)
    .map((pid) => `process ${pid} (${commandOf(pid)})`);
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
