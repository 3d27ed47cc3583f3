import { parseCommandLine } from '../../src/commands/parse.ts';

export interface Ran {
  readonly stdout: Buffer;
  /** The same as text. */
  readonly text: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/**
 * Runs a command of the program in this process, one at a time: it starts in a moment. What it prints is
 * returned; a command line that is wrong throws.
 */
export async function runHere(...args: string[]): Promise<Ran> {
  const stdout = capture(process.stdout);
  const stderr = capture(process.stderr);
  try {
    const request = parseCommandLine(args, { version: '0' });
    if ('help' in request) throw new Error('that is help');
    const exitCode = await request.command.run(request.asked);
    const bytes = stdout.bytes();
    return { stdout: bytes, text: bytes.toString(), stderr: stderr.bytes().toString(), exitCode };
  } finally {
    stdout.restore();
    stderr.restore();
  }
}

export function capture(stream: NodeJS.WriteStream) {
  const { write } = stream;
  const pieces: Buffer[] = [];
  stream.write = (bytes: string | Uint8Array, ...rest: unknown[]) => {
    pieces.push(Buffer.from(bytes as string));
    const done = rest.find((one) => typeof one === 'function');
    if (done) setImmediate(done as () => void);
    return true;
  };
  return {
    bytes: () => Buffer.concat(pieces),
    restore: () => {
      stream.write = write;
    },
  };
}
