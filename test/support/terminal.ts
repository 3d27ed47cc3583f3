import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import xterm from '@xterm/headless';
import { filesIn, inPrivateNamespace, installerCommand, leftIn, runningIn } from './installer.ts';
import { begin, leavingNothing, nowTicks } from './left-behind.ts';

const driver = join(import.meta.dirname, 'terminal.py');

export interface TerminalOptions {
  readonly args: readonly string[];
  readonly columns?: number;
  readonly rows?: number;
  /** The whole environment; default: an xterm with UTF-8. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is in /tmp, as an earlier run has left it. */
  readonly tmpFiles?: Readonly<Record<string, string>>;
}

/** The packaged program on a pseudo-terminal of its own, whose screen can be read. */
export class Terminal implements AsyncDisposable {
  /** Everything that was written to the terminal. */
  output = '';
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #args: readonly string[];
  readonly #underWay: Disposable;
  #endedTicks: number | undefined;
  readonly #screen: xterm.Terminal;
  readonly #changes = new EventEmitter();
  readonly #exit: Promise<number>;

  private constructor(
    child: ChildProcess,
    directory: string,
    { args, columns = 80, rows = 24 }: TerminalOptions,
  ) {
    this.#child = child;
    this.#directory = directory;
    this.#args = args;
    this.#underWay = begin(args);
    this.#screen = new xterm.Terminal({
      cols: columns || 80,
      rows: rows || 24,
      allowProposedApi: true,
    });
    child.stdout?.on('data', (data: Buffer) => {
      this.output += data.toString('utf8');
      this.#screen.write(data, () => this.#changes.emit('change'));
    });
    this.#exit = once(child, 'close').then(async ([code]) => {
      this.#endedTicks = nowTicks();
      // What has come by then is on the screen a little later.
      await new Promise<void>((resolve) => this.#screen.write('', resolve));
      this.#changes.emit('change');
      return Number(code);
    });
  }

  static async start(options: TerminalOptions): Promise<Terminal> {
    const { args, columns = 80, rows = 24, env, tmpFiles = {} } = options;
    const directory = await mkdtemp('/var/tmp/coreos-installer-terminal-');
    await writeFile(join(directory, 'cmdline'), '\n');
    await mkdir(join(directory, 'tmp'));
    for (const [name, content] of Object.entries(tmpFiles))
      await writeFile(join(directory, 'tmp', name), content);
    const command = inPrivateNamespace(directory, installerCommand(args));
    const child = spawn('python3', [driver, String(columns), String(rows), ...command], {
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        // Otherwise Python changes the C locale to UTF-8.
        PYTHONCOERCECLOCALE: '0',
        ...(env ?? { TERM: 'xterm', LANG: 'C.UTF-8' }),
      },
      stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
    });
    return new Terminal(child, directory, options);
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#control(`resize ${columns} ${rows}`);
  }

  /** As when a modem loses its line. */
  hangUp(): void {
    this.#control('hangup');
  }

  #control(line: string): void {
    (this.#child.stdio[3] as Writable).write(`${line}\n`);
  }

  /** The text on the terminal, including what has scrolled off its top; no trailing spaces. */
  lines(): string[] {
    const { active } = this.#screen.buffer;
    const lines = Array.from({ length: active.length }, (_, row) =>
      (active.getLine(row)?.translateToString(true) ?? '').trimEnd(),
    );
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
  }

  text(): string {
    return this.lines().join('\n');
  }

  /** Waits until the screen shows it; fails with the screen when the program ends before. */
  async waitFor(pattern: RegExp | string, times = 1): Promise<void> {
    const shown = () => this.text().split(pattern).length > times;
    let ended = false;
    void this.#exit.then(() => {
      ended = true;
    });
    while (!shown()) {
      if (ended) throw new Error(`The program ended without ${pattern}:\n${this.text()}`);
      await once(this.#changes, 'change', { signal: AbortSignal.timeout(30_000) }).catch(() => {
        throw new Error(`${pattern} does not appear:\n${this.text()}`);
      });
    }
  }

  /** Waits for the program's end; its exit code, or 128 + signal. */
  async exitCode(): Promise<number> {
    return await this.#exit;
  }

  /** What is in /tmp now. */
  async tmpFiles(): Promise<Record<string, string>> {
    return await filesIn(join(this.#directory, 'tmp'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#underWay[Symbol.dispose]();
    await leavingNothing(
      (ended?: { readonly exitCode: number }) =>
        ended === undefined
          ? []
          : [...runningIn(this.#directory, this.#endedTicks), ...leftIn(this.#directory)],
      async () => {
        if (this.#child.exitCode === null) this.hangUp();
        return { exitCode: await this.#exit };
      },
      { commandLine: this.#args },
    );
    await rm(this.#directory, { recursive: true, force: true });
  }
}
