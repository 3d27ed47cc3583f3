import { InvalidArgumentError } from 'commander';

/** The word after an option. One that looks like an option means that the value was forgotten. */
export function text(value: string): string {
  if (value.startsWith('-')) throw new InvalidArgumentError('It looks like another option.');
  if (value.startsWith('=')) throw new InvalidArgumentError('Write a blank in place of the =.');
  return value;
}

export function jobs(value: string): number {
  const count = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (count >= 1 && count <= 256) return count;
  throw new InvalidArgumentError('It is a whole number from 1 to 256.');
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `5m`, `2h`, a number of seconds, or 0 for ever; in milliseconds. */
export function duration(value: string): number {
  const [, digits, unit = 's'] = /^(\d{1,6})([smh])?$/.exec(value) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('It looks like 90s, 5m, 2h or 0.');
  return Number(digits) === 0 ? Infinity : Number(digits) * unitMs[unit as keyof typeof unitMs];
}
