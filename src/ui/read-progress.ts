import { formatBytes } from '../lib/quantities.ts';

const intervalMs = 1000;

export interface ReadProgress extends Disposable {
  readonly update: (progress: {
    readonly receivedBytes: number;
    readonly sizeBytes: number | undefined;
  }) => void;
  /** Shows the last state. */
  readonly end: () => void;
}

/**
 * How much of a file has been read, once a second on standard error:
 * `Read disk 64.2 MiB/2.1 GiB (2%)`. Programs that run an installation of Fedora CoreOS read these
 * words; on a terminal the line is written over itself.
 */
export function readProgress(
  quiet: boolean,
  stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> = process.stderr,
): ReadProgress {
  let line: string | undefined;
  let shown = false;
  const print = () => {
    if (line === undefined) return;
    stream.write(stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    line = undefined;
    shown = true;
  };
  const timer = quiet ? undefined : setInterval(print, intervalMs);
  return {
    update({ receivedBytes, sizeBytes }) {
      if (!quiet) line = describe(receivedBytes, sizeBytes);
    },
    end: print,
    [Symbol.dispose]() {
      clearInterval(timer);
      if (shown && stream.isTTY) stream.write('\n');
    },
  };
}

function describe(receivedBytes: number, sizeBytes: number | undefined): string {
  const read = formatBytes(receivedBytes);
  if (sizeBytes === undefined) return `Read disk ${read}`;
  const percent = sizeBytes === 0 ? 100 : Math.floor((100 * receivedBytes) / sizeBytes);
  return `Read disk ${read}/${formatBytes(sizeBytes)} (${percent}%)`;
}
