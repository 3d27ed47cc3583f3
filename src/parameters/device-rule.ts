import { type Resolved, unusable } from './given.ts';
import type { Check } from './parameter-kinds.ts';
import { checkDevice } from './values.ts';

/** How disks are attached, as far as people tell them apart. */
export const buses = ['nvme', 'sata', 'scsi', 'virtio', 'usb', 'mmc'] as const;
export type Bus = (typeof buses)[number];

/** One condition of a rule. */
export type Term =
  | { readonly key: 'smallest' | 'largest' }
  /** With `*` and `?`, upper and lower case alike. */
  | { readonly key: 'serial' | 'model' | 'wwn'; readonly pattern: string }
  | { readonly key: 'bus'; readonly bus: Bus }
  | { readonly key: 'size'; readonly comparison: Comparison; readonly sizeBytes: number };

const comparisons = ['>=', '<=', '>', '<', '='] as const;
export type Comparison = (typeof comparisons)[number];

/** Conditions that exactly one disk must meet, in place of its name. */
export interface DeviceRule {
  /** As it was written, with each condition in `terms`. */
  readonly text: string;
  readonly terms: readonly (Term & { readonly text: string })[];
}

const forms =
  'smallest, largest, serial=…, model=…, wwn=…, bus=nvme|sata|scsi|virtio|usb|mmc, size>=100G';

/** A path below /dev has none of these: udev writes what is special in a name as `\x3d`. */
const looksLikeRule = /^(smallest|largest)$|[=<>]|^(smallest|largest),|,(smallest|largest)$/;

/** Whether a device is given by a rule; a name that begins with a slash never is. */
export function isDeviceRule(text: string): boolean {
  return !text.startsWith('/') && looksLikeRule.test(text);
}

/** An absolute path, or a rule as it was written. */
export const checkDeviceOrRule: Check<string> = (given, context) => {
  if (!isDeviceRule(given.value)) return checkDevice(given, context);
  parseDeviceRule(given);
  return given.value;
};

/** Reads a rule, such as `largest,bus=nvme` or `model=Samsung*,size>=100G`; else a `ParameterError`. */
export function parseDeviceRule(given: Resolved<string>): DeviceRule {
  const terms = given.value.split(',').map((text) => {
    const term = parseTerm(text.trim());
    if (typeof term === 'object') return { ...term, text: text.trim() };
    throw unusable(given, 'a rule for the target device', {
      code: 'invalid-device-rule',
      why: `${JSON.stringify(text)} ${term}`,
      next: `Conditions are ${forms}, with commas between them.`,
    });
  });
  return { text: given.value, terms };
}

/** The condition, or what is wrong with it. */
function parseTerm(text: string): Term | string {
  if (text === 'smallest' || text === 'largest') return { key: text };
  const [, key = '', comparison, value = ''] = /^([a-z]+)(>=|<=|=|>|<)(.*)$/.exec(text) ?? [];
  if (comparison === undefined) return 'is not a condition';
  if (value === '') return 'has no value';
  if (key === 'size') {
    const sizeBytes = parseSize(value);
    return sizeBytes === undefined
      ? 'has no size such as 100G or 512MiB'
      : { key, comparison: comparison as Comparison, sizeBytes };
  }
  if (comparison !== '=') return `compares ${key || 'nothing'}, and only a size can be compared`;
  switch (key) {
    case 'serial':
    case 'model':
    case 'wwn':
      return { key, pattern: value };
    case 'bus': {
      const bus = buses.find((known) => known === value);
      return bus === undefined ? `names no bus; there are ${buses.join(', ')}` : { key, bus };
    }
    default:
      return 'is not a condition';
  }
}

const units: Readonly<Record<string, number>> = { '': 0, K: 1, M: 2, G: 3, T: 4 };

/** Disks are sold by powers of 1000: `100G` and `100GB` are 10^11 bytes, `100GiB` 100 * 2^30. */
function parseSize(text: string): number | undefined {
  const [, digits, unit = '', suffix = ''] =
    /^(\d{1,15}(?:\.\d{1,3})?)([KMGT]?)(iB|B)?$/.exec(text) ?? [];
  const power = units[unit];
  if (digits === undefined || power === undefined || (unit === '' && suffix === 'iB'))
    return undefined;
  return Math.round(Number(digits) * (suffix === 'iB' ? 1024 : 1000) ** power);
}
