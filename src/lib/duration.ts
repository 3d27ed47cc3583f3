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
