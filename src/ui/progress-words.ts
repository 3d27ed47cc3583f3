import type { Reading } from './meter.ts';

const mib = 1024 * 1024;

/**
 * One line for people and for grep:
 * ` 42.0 %  received 190 of 454 MiB (11 MiB/s), on disk 921 MiB (52 MiB/s), 0:24 left`.
 */
export function progressLine(reading: Reading): string {
  const { percent, leftMs } = reading;
  return [
    ...(percent === undefined ? [] : [`${percent.toFixed(1).padStart(5)} % `]),
    [...amounts(reading), ...(leftMs === undefined ? [] : [`${clock(leftMs)} left`])].join(', '),
  ].join(' ');
}

/** Two lines, each narrower than `columns`: the bar, and as many of the amounts as fit. */
export function progressBar(reading: Reading, columns: number, blocks: Blocks): string[] {
  const width = Math.max(10, columns - 1);
  const { percent, leftMs } = reading;
  const tail = [
    ...(percent === undefined ? [] : [`${Math.floor(percent)} %`.padStart(5)]),
    ...(leftMs === undefined ? [] : [`${clock(leftMs)} left`]),
  ];
  const amountsLine = fitting(amounts(reading), ', ', width);
  if (percent === undefined) return [amountsLine];
  const text = fitting(tail, '  ', Math.max(6, width - 12));
  const barWidth = Math.min(60, width - text.length - 3);
  return [`${bar(percent, barWidth, blocks)} ${text}`, amountsLine];
}

/** What a bar is made of. */
export interface Blocks {
  readonly full: string;
  readonly empty: string;
}

export const asciiBlocks: Blocks = { full: '#', empty: '-' };
export const unicodeBlocks: Blocks = { full: '█', empty: '░' };

function bar(percent: number, width: number, { full, empty }: Blocks): string {
  const filled = Math.floor((percent / 100) * width);
  return `[${full.repeat(filled)}${empty.repeat(width - filled)}]`;
}

function amounts({ receivedBytes, sourceSizeBytes, receivedRate, ...disk }: Reading): string[] {
  const whole = sourceSizeBytes === undefined ? '' : ` of ${inMib(sourceSizeBytes)}`;
  return [
    `received ${inMib(receivedBytes)}${whole} MiB (${inMib(receivedRate)} MiB/s)`,
    `on disk ${inMib(disk.onDeviceBytes)} MiB (${inMib(disk.onDeviceRate)} MiB/s)`,
  ];
}

/** As many of the pieces as fit, but at least the beginning of the first. */
function fitting([first = '', ...others]: readonly string[], separator: string, width: number) {
  let line = first.slice(0, width);
  for (const piece of others) {
    if (line.length + separator.length + piece.length > width) break;
    line += separator + piece;
  }
  return line;
}

/** In whole MiB; below 10 MiB with one decimal. */
function inMib(bytes: number): string {
  const value = bytes / mib;
  return value > 0 && value < 10 ? value.toFixed(1) : value.toFixed(0);
}

/** `0:24`, `1:02:03`. */
export function clock(timeMs: number): string {
  const seconds = Math.ceil(timeMs / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
