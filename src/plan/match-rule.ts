import type { DeviceRule, Term } from '../parameters/device-rule.ts';
import type { SurveyedDisk } from './list-disks.ts';

/** What a rule makes of one disk. */
export interface RuleVerdict {
  readonly disk: SurveyedDisk;
  /** Why it is not the one; undefined for a match. */
  readonly leftOut: string | undefined;
}

/**
 * Finds the disks that meet every condition. Left out are disks that the installer would refuse,
 * removable and virtual ones, the disk with the installation medium, and USB disks unless the rule asks
 * for that bus: to install to one of them, its name must be given. `smallest` and `largest` choose among
 * the disks that meet all other conditions, those in use included; of two with the same size neither is
 * chosen.
 */
export function matchRule(rule: DeviceRule, disks: readonly SurveyedDisk[]): RuleVerdict[] {
  const asksForUsb = rule.terms.some((term) => term.key === 'bus' && term.bus === 'usb');
  const verdicts = disks.map((disk) => {
    const failing = rule.terms.find((term) => !meets(disk, term));
    return {
      disk,
      leftOut:
        cannotBe(disk, asksForUsb) ?? (failing && `${failing.text}: ${found(disk, failing)}`),
    };
  });
  const order = rule.terms.find(({ key }) => key === 'smallest' || key === 'largest');
  if (order === undefined) return verdicts;
  // One that is in use counts, too: the next one in size may hold data that must stay.
  const sizes = verdicts
    .filter(({ disk, leftOut }) => leftOut === undefined || isOnlyRefused(disk, rule, asksForUsb))
    .map(({ disk }) => disk.sizeBytes);
  const wanted = order.key === 'smallest' ? Math.min(...sizes) : Math.max(...sizes);
  return verdicts.map(({ disk, leftOut }) => ({
    disk,
    leftOut: leftOut ?? (disk.sizeBytes === wanted ? undefined : `it is not the ${order.key}`),
  }));
}

/** Whether it would match if it were not in use, or read-only. */
function isOnlyRefused(disk: SurveyedDisk, { terms }: DeviceRule, asksForUsb: boolean): boolean {
  return (
    cannotBe({ ...disk, refusal: undefined }, asksForUsb) === undefined &&
    terms.every((term) => meets(disk, term))
  );
}

function cannotBe(disk: SurveyedDisk, asksForUsb: boolean): string | undefined {
  if (disk.refusal) return disk.refusal.why;
  if (disk.isVirtual) return 'it is made by software: name it to install to it';
  if (disk.removable) return 'it is removable: name it to install to it';
  if (disk.contents.fileSystem?.type === 'iso9660')
    return 'it is an installation medium: name it to install to it';
  if (disk.bus === 'usb' && !asksForUsb) return 'it is attached by USB: add bus=usb, or name it';
  return undefined;
}

function meets(disk: SurveyedDisk, term: Term): boolean {
  switch (term.key) {
    case 'smallest':
    case 'largest':
      return true;
    case 'bus':
      return disk.bus === term.bus;
    case 'size':
      return compare(disk.sizeBytes, term.comparison, term.sizeBytes);
    case 'wwn':
      return disk.wwn !== undefined && glob(bareWwn(term.pattern)).test(bareWwn(disk.wwn));
    default:
      return glob(term.pattern).test(disk[term.key] ?? '');
  }
}

function compare(a: number, comparison: string, b: number): boolean {
  switch (comparison) {
    case '>=':
      return a >= b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '<':
      return a < b;
    default:
      return a === b;
  }
}

/** What the disk has in place of what is asked for. */
function found(disk: SurveyedDisk, { key }: Term): string {
  switch (key) {
    case 'size':
      return `it has ${disk.sizeBytes} bytes`;
    case 'bus':
    case 'serial':
    case 'model':
    case 'wwn':
      return disk[key] === undefined ? `its ${key} is not known` : `its ${key} is ${disk[key]}`;
    default:
      return '';
  }
}

/** `*` is any text, `?` one character. Without a regular expression's backtracking over many stars. */
function glob(pattern: string): { test(text: string): boolean } {
  const parts = pattern.toLowerCase().split(/\*+/);
  return {
    test(text) {
      const lower = text.toLowerCase();
      const [first = '', ...others] = parts;
      if (!matchesAt(lower, 0, first)) return false;
      if (others.length === 0) return lower.length === first.length;
      let at = first.length;
      const last = others.pop() as string;
      for (const part of others) {
        while (at + part.length <= lower.length && !matchesAt(lower, at, part)) at += 1;
        if (at + part.length > lower.length) return false;
        at += part.length;
      }
      const end = lower.length - last.length;
      return end >= at && matchesAt(lower, end, last);
    },
  };
}

function matchesAt(text: string, at: number, part: string): boolean {
  if (at + part.length > text.length) return false;
  for (let index = 0; index < part.length; index += 1)
    if (part[index] !== '?' && part[index] !== text[at + index]) return false;
  return true;
}

/** `wwn-0x5002538e40b0`, `naa.5002538e40b0` and `0x5002538e40b0` are the same. */
function bareWwn(text: string): string {
  return text.toLowerCase().replace(/^(wwn-)?(0x|naa\.|eui\.)?/, '');
}
