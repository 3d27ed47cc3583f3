import { answerMs, limits } from './chain.ts';
import type { Machine } from './machine.ts';

const prompt = /^guest# /;

/** The answer to a command: standard output and standard error together. */
export interface Answer {
  exitCode: number;
  output: string;
}

/** The installed system, by commands of root. */
export class Guest {
  readonly #console: Machine['console'];

  private constructor(console: Machine['console']) {
    this.#console = console;
  }

  /** Waits until the installed system has started and offers its shell. */
  static async started({ console }: Pick<Machine, 'console'>): Promise<Guest> {
    await console.waitFor(prompt, limits.bootMs);
    return new Guest(console);
  }

  /** Runs a command, whatever its exit code. */
  async try(command: string, timeoutMs = answerMs): Promise<Answer> {
    // Whatever the kernel prints meanwhile, and however long a line is.
    this.#console.type(`o=$( { ${command}; } 2>&1 ); echo "@answer $? $(base64 -w0 <<< "$o")."\n`);
    const [, exitCode, encoded] = await this.#console.waitFor(
      /^@answer (\d+) ([\w+/=]*)\.$/,
      timeoutMs,
    );
    await this.#console.waitFor(prompt, answerMs);
    const output = Buffer.from(encoded ?? '', 'base64')
      .toString('utf8')
      .trimEnd();
    return { exitCode: Number(exitCode), output };
  }

  /** Runs a command that must succeed. Returns its output. */
  async run(command: string, timeoutMs = answerMs): Promise<string> {
    const { exitCode, output } = await this.try(command, timeoutMs);
    if (exitCode !== 0) throw new Error(`${command}: exit code ${exitCode}\n${output}`);
    return output;
  }

  /** Starts a command in the foreground, without waiting for its end. */
  start(command: string): void {
    this.#console.type(`${command}\n`);
  }

  /** Restarts it, in an orderly way. The next {@link started} is that of the next boot. */
  restart(): void {
    // No prompt follows that could be taken for that of the next boot.
    this.#console.type('exec systemctl reboot\n');
  }
}
