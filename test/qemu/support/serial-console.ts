import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

/** After one of these the scenario has failed. */
const fatal =
  /Entering emergency mode|Press Enter for maintenance|Kernel panic|No bootable device|error: no such device/;

interface Waiter {
  pattern: RegExp;
  resolve(match: RegExpExecArray): void;
  reject(error: Error): void;
}

/** What a machine printed, without colours and carriage returns. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's colours are just these
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]|\x1b[c=>()][0B]?|\r/g, '');
}

/** The machine's serial console: what it printed, and a keyboard. */
export class SerialConsole {
  /** Everything printed until now, without colours and carriage returns. */
  text = '';
  readonly #log: WriteStream;
  readonly #output: Readable;
  readonly #keyboard: Writable;
  #position = 0;
  #waiter: Waiter | undefined;
  readonly #started = performance.now();
  #firstMs: number | undefined;
  #end: Error | 'regular' | undefined;

  constructor(output: Readable, keyboard: Writable, logFile: string) {
    this.#output = output;
    this.#keyboard = keyboard;
    keyboard.on('error', () => {});
    this.#log = createWriteStream(logFile, { flags: 'a' });
    output.setEncoding('latin1');
    output.on('data', (chunk: string) => this.#append(chunk));
  }

  /** For how long it printed nothing, from the start on, in ms. */
  get silentMs(): number {
    return this.#firstMs ?? performance.now() - this.#started;
  }

  /** Ends the console: present and later waits fail, with the reason if there is one. */
  end(reason?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = reason ?? 'regular';
    this.#log.end();
    this.#look();
  }

  /**
   * The first match after the previous one. Rejects when the time is over, when the machine ends,
   * and at once when it prints something fatal.
   */
  async waitFor(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    this.#waiter = { pattern, resolve, reject };
    const timer = setTimeout(
      () => reject(new Error(`no ${pattern} on the console within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    this.#look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiter = undefined;
    }
  }

  type(text: string): void {
    this.#keyboard.write(text);
  }

  /** Types each character after the previous one has been echoed: boot loaders lose faster input. */
  async typeSlowly(text: string, timeoutMs: number): Promise<void> {
    const signal = AbortSignal.timeout(timeoutMs);
    for (const character of text) {
      const shown = once(this.#output, 'data', { signal });
      this.type(character);
      await shown;
    }
  }

  #append(chunk: string): void {
    if (this.#end !== undefined) return;
    this.#firstMs ??= performance.now() - this.#started;
    this.#log.write(chunk, 'latin1');
    this.text = plain(this.text + chunk);
    this.#look();
  }

  #look(): void {
    if (this.#waiter === undefined) return;
    const fresh = this.text.slice(this.#position);
    const match = new RegExp(this.#waiter.pattern, 'm').exec(fresh);
    const bad = fatal.exec(fresh);
    if (match !== null && (bad === null || match.index <= bad.index)) {
      this.#position += match.index + match[0].length;
      this.#waiter.resolve(match);
    } else if (bad !== null) {
      this.#waiter.reject(new Error(`the machine said: ${bad[0]}`));
    } else if (this.#end !== undefined) {
      const { pattern } = this.#waiter;
      const cause = this.#end;
      this.#waiter.reject(
        cause === 'regular' ? new Error(`the machine ended without ${pattern}`) : cause,
      );
    }
  }
}
