import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { replaceFile } from '../../lib/replace-file.ts';
import { retryWhile } from '../../system/retry-while.ts';
import { CommandError, follow } from '../../system/run-command.ts';

const pauseMs = 2000;

export interface Dnsmasq {
  /** Of the fleet: its config, leases and process number are in `state/`. */
  readonly directory: string;
  readonly config: string;
  /** Each line that it logs. */
  readonly onLine: (line: string) => void;
  /** A line for the operator. */
  readonly say: (line: string) => void;
}

/**
 * Runs dnsmasq until disposed of, and starts it again when it ends. Resolves when it answers; throws a
 * `WriteError` with its own words.
 */
export async function runDnsmasq(own: Dnsmasq): Promise<AsyncDisposable> {
  const { directory, config, onLine, say } = own;
  const path = join(directory, 'state/dnsmasq.conf');
  await replaceFile(path, config);
  const args = [
    ...['--keep-in-foreground', '--log-facility=-', `--conf-file=${path}`, pidOption(directory)],
    `--dhcp-leasefile=${join(directory, 'state/dnsmasq.leases')}`,
  ];
  const stop = new AbortController();
  const { signal } = stop;
  const { promise: isReady, resolve } = Promise.withResolvers<void>();
  let wasReady = false;
  const read = (line: string) => {
    // The last line of its start.
    if (/^dnsmasq-tftp\S*: TFTP root is /.test(line)) {
      wasReady = true;
      resolve();
    }
    onLine(line);
  };
  const keepRunning = async () => {
    while (!signal.aborted) {
      const said = await follow('dnsmasq', args, read, signal).catch((error: Error) => {
        if (wasReady) return error.message.replace(/\.$/, '');
        throw error;
      });
      if (!wasReady) throw new CommandError('dnsmasq', said);
      if (signal.aborted) return;
      say(
        `dnsmasq ended: ${said}. Until it runs again, in ${pauseMs / 1000} s, no machine can boot from the network.`,
      );
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  };
  const running = keepRunning();
  await Promise.race([isReady, running]);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/**
 * Ends the dnsmasq that a killed server of this fleet has left: it would have the ports, and answer. Its
 * file says which process it is; its command line, whether that number belongs to it still.
 */
export async function endPredecessor(directory: string): Promise<void> {
  const pid = await readFile(pidFile(directory), 'utf8').catch(() => '');
  if (!/^\d+\n?$/.test(pid)) return;
  const runs = async () => {
    const command = await readFile(`/proc/${Number(pid)}/cmdline`, 'utf8').catch(() => '');
    return command.split('\0').includes(pidOption(directory));
  };
  if (!(await runs())) return;
  process.kill(Number(pid));
  await retryWhile(
    async () => {
      if (await runs()) throw new Error(`dnsmasq does not end: process ${pid}`);
    },
    () => true,
  );
}

const pidFile = (directory: string) => join(directory, 'state/dnsmasq.pid');
const pidOption = (directory: string) => `--pid-file=${pidFile(directory)}`;
