import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../lib/duration.ts';

/** The word after an option. One that looks like an option means that the value was forgotten. */
export function text(value: string): string {
  if (value.startsWith('-')) throw new InvalidArgumentError('It looks like another option.');
  if (value.startsWith('=')) throw new InvalidArgumentError('Write a blank in place of the =.');
  return value;
}

/** A word that must not be given twice: the wrong one of two disks is not to be overwritten. */
export function onlyDevice(value: string, earlier: string | undefined): string {
  if (earlier === undefined || earlier === value) return text(value);
  throw new InvalidArgumentError(`It is a second device, after ${earlier}: give one.`);
}

export function jobs(value: string): number {
  const count = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (count >= 1 && count <= 256) return count;
  throw new InvalidArgumentError('It is a whole number from 1 to 256.');
}

/** A file descriptor beside the three that every program has. */
export function descriptor(value: string): number {
  const number = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (number >= 3) return number;
  throw new InvalidArgumentError('It is the number of an open descriptor, from 3 on.');
}

/** A time as `parseDuration` reads it, as it was typed. */
export function duration(value: string): string {
  if (parseDuration(value) !== undefined) return value;
  throw new InvalidArgumentError('It looks like 90s, 5m, 2h or 0.');
}

/** All words of an option that may be given several times, with blanks between. */
export function several(value: string, before: string | undefined): string {
  return before === undefined ? text(value) : `${before} ${text(value)}`;
}
