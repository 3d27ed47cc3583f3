const unitMs = { s: 1000, m: 60_000, h: 3_600_000 };

/**
 * `90s`, `5m`, `2h` or a number of seconds, in milliseconds; 0 is `Infinity`, forever. Undefined
 * for anything else.
 */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit = 's'] = /^(\d{1,6})([smh])?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) === 0 ? Infinity : Number(digits) * unitMs[unit as keyof typeof unitMs];
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `8.0 GiB`: three digits at most, for people; add the exact bytes where they matter. */
export function formatBytes(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${value} bytes` : `${value.toFixed(value < 100 ? 1 : 0)} ${units[unit]}`;
}
