import { answerMs, limits } from './chain.ts';
import type { Machine } from './machine.ts';

const prompt = /^guest# /;
const commandLine = /o=\$\( \{ (.*?); \} 2>&1 \)/;
const answerLine = /^@answer (\d+) ([\w+/=]*)\.$/;
const reboot = 'systemctl reboot';

/** The answer to a command: standard output and standard error together. */
export interface Answer {
  exitCode: number;
  output: string;
}

function answerFrom([, exitCode, encoded = '']: RegExpMatchArray | readonly string[]): Answer {
  const output = Buffer.from(encoded, 'base64').toString('utf8').trimEnd();
  return { exitCode: Number(exitCode), output };
}

/** The commands that a {@link Guest} has run, with their answers; one that restarts it has none. */
export function commandsIn(text: string): { readonly command: string; readonly answer?: Answer }[] {
  let command = '';
  return text.split('\n').flatMap((line) => {
    command = commandLine.exec(line)?.[1] ?? command;
    const answered = answerLine.exec(line);
    if (answered !== null) return [{ command, answer: answerFrom(answered) }];
    return line.endsWith(`exec ${reboot}`) ? [{ command: reboot }] : [];
  });
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
    const answered = answerFrom(await this.#console.waitFor(answerLine, timeoutMs));
    await this.#console.waitFor(prompt, answerMs);
    return answered;
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
    this.#console.type(`exec ${reboot}\n`);
  }
}
