import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { SerialConsole } from './serial-console.ts';

/** The process that is a machine. Leaving its scope ends it. */
export interface MachineProcess extends AsyncDisposable {
  child: ChildProcess;
  console: SerialConsole;
  /** Resolves with its exit code; null after {@link kill}. */
  exited: Promise<number | null>;
  /** Pulls the plug. */
  kill(): Promise<void>;
}

/**
 * Runs a command whose standard input and output are a serial line. If it prints nothing within
 * `limitMs`, or fails, the console ends with the whole command and its standard error.
 */
export function startMachine(
  command: readonly string[],
  logFile: string,
  limitMs: number,
): MachineProcess {
  // Even a killed test leaves no machine behind.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const serial = new SerialConsole(child.stdout, child.stdin, logFile);
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const fault = (what: string) =>
    new Error(`${what}\n${complaints.trim()}\nThe command was: ${quoted(command)}`);

  let silence: Error | undefined;
  const watch = setTimeout(() => {
    silence = fault(`the machine has said nothing for ${limitMs / 1000} s`);
    child.kill('SIGKILL');
  }, limitMs);
  child.stdout.once('data', () => clearTimeout(watch));

  const exited = once(child, 'close').then(([code]) => {
    clearTimeout(watch);
    const bad = code !== 0 && code !== null;
    const reason = silence ?? (bad ? fault(`QEMU ended with exit code ${code}`) : undefined);
    serial.end(reason);
    if (reason !== undefined) throw reason;
    return code as number | null;
  });
  exited.catch(() => {});
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited.catch(() => {});
  };
  return { child, console: serial, exited, kill, [Symbol.asyncDispose]: kill };
}

/** As it can be pasted into a shell. */
function quoted(command: readonly string[]): string {
  return command
    .map((word) => (/^[\w,./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
