import type { Decision } from '../model.ts';

/** A text for the console of a boot loader: what its script language could interpret is left out. */
export function shown(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9 .,:/_+()-]/g, '').slice(0, 200);
}

/** For who looks at a machine that waits: for what, and for how many others. */
export function waiting({ why, position }: Extract<Decision, { kind: 'wait' }>): string {
  const place = position === undefined ? '' : `, position ${position}`;
  return `Waiting to be installed: ${shown(why)}${place}`;
}
