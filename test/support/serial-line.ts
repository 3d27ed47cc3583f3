import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const driver = join(import.meta.dirname, 'serial-line.py');

/** A terminal that can be stopped, as by Ctrl-S on a serial console. */
export class SerialLine implements AsyncDisposable {
  /** Everything it has shown. */
  shown = '';
  readonly path: string;
  readonly #child: ReturnType<typeof startDriver>;
  readonly #answers: AsyncIterator<string>;
  readonly #changes = new EventEmitter();

  private constructor(
    child: ReturnType<typeof startDriver>,
    answers: AsyncIterator<string>,
    path: string,
  ) {
    this.#child = child;
    this.#answers = answers;
    this.path = path;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.shown += text;
      this.#changes.emit('change');
    });
  }

  static async open(): Promise<SerialLine> {
    const child = startDriver();
    const answers = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator]();
    const { value = '' } = await answers.next();
    return new SerialLine(child, answers, value);
  }

  async stop(): Promise<void> {
    await this.#tell('stop');
  }

  async goOn(): Promise<void> {
    await this.#tell('go on');
  }

  /** Resolves when what it has shown matches; rejects when nothing more comes for that time. */
  async shows(pattern: RegExp, timeoutMs = 30_000): Promise<void> {
    while (!pattern.test(this.shown)) {
      await once(this.#changes, 'change', { signal: AbortSignal.timeout(timeoutMs) });
    }
  }

  async #tell(word: string): Promise<void> {
    this.#child.stdin.write(`${word}\n`);
    await this.#answers.next();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }
}

function startDriver() {
  const child = spawn('python3', [driver], { stdio: ['pipe', 'pipe', 'inherit', 'pipe'] });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('spawned without its pipes');
  return Object.assign(child, { stdin, stdout });
}
