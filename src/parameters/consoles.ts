import { unusable } from './given.ts';
import { words } from './lists.ts';
import type { Check } from './parameter-kinds.ts';

/** A console of the installed system. */
export interface Console {
  /** `console=tty0`, `console=ttyS0,115200n8`. */
  readonly argument: string;
  /** How GRUB sets up the line; undefined for a console that GRUB reaches by the firmware. */
  readonly serial: Serial | undefined;
}

export interface Serial {
  readonly unit: number;
  /** Bits per second. */
  readonly speed: number;
  readonly parity: 'no' | 'odd' | 'even';
  /** Data bits. */
  readonly bits: number;
}

const parities = { n: 'no', o: 'odd', e: 'even' } as const;

/** `tty0`, `ttyS0`, `ttyS1,9600e7`; undefined for anything else. Without a speed: 9600n8. */
function parseConsole(text: string): Console | undefined {
  if (/^(tty0|hvc0|ttysclp0)$/.test(text))
    return { argument: `console=${text}`, serial: undefined };
  const [, port, unit = '', speed = '9600', letter = 'n', bits = '8'] =
    /^(ttyS|ttyAMA)(\d{1,3})(?:,(\d{1,10})(?:([noe])([5-8])?)?)?$/.exec(text) ?? [];
  const serial = {
    unit: Number(unit),
    speed: Number(speed),
    parity: parities[letter as keyof typeof parities],
    bits: Number(bits),
  };
  if (port === undefined || serial.unit > 255) return undefined;
  if (serial.speed === 0 || serial.speed > 0xffff_ffff) return undefined;
  return { argument: `console=${port}${serial.unit},${serial.speed}${letter}${bits}`, serial };
}

/** The consoles in a text that was checked, in their order. */
export function parseConsoles(text: string): Console[] {
  return words.split(text).flatMap((word) => parseConsole(word) ?? []);
}

/** One or more consoles, separated by spaces; stays text, as it was typed. */
export const checkConsoles: Check<string> = (given) => {
  const all = words.split(given.value);
  const wrong = all.length === 0 ? '' : all.find((word) => parseConsole(word) === undefined);
  if (wrong === undefined) return given.value;
  throw unusable({ ...given, value: wrong }, 'a console', {
    code: 'invalid-console',
    why: reasonAgainst(wrong),
    next: 'Give tty0, or a serial line with its speed such as ttyS0,115200.',
  });
};

function reasonAgainst(text: string): string {
  const bare = text.replace(/^console=/, '').replace(/^\/dev\//, '');
  if (bare !== text && parseConsole(bare) !== undefined) return `it is written ${bare}`;
  return 'it is neither tty0, hvc0, ttysclp0, nor ttySN or ttyAMAN with a speed, parity and data bits';
}
