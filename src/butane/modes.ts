/**
 * A warning where a mode was written in decimal (`644`) and only makes sense as octal (`0644`);
 * undefined otherwise.
 */
export function decimalMode(written: string, value: number): string | undefined {
  if (!/^[1-7][0-7]{2,3}$/.test(written)) return undefined;
  if (reasonable(value) || !reasonable(Number.parseInt(written, 8))) return undefined;
  return `${written} is read as a decimal number; an octal mode begins with 0: 0${written}`;
}

/** Nobody may do more than those who are closer to the file. */
function reasonable(mode: number): boolean {
  const [user, group, other] = [mode >> 6, mode >> 3, mode].map((bits) => bits & 7);
  if (user === undefined || group === undefined || other === undefined) return false;
  return mode <= 0o7777 && (group & ~user) === 0 && (other & ~group) === 0;
}
