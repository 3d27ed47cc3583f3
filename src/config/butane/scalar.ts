import type { Scalar as ScalarNode } from 'yaml';
import type { Scalar } from './schema-types.ts';

/** A value, nothing at all (`null`, `~`, an empty place), or what is wrong with it. */
export type ScalarReading =
  | { readonly value: string | number | boolean }
  | { readonly nothing: true }
  | { readonly wrong: string };

/**
 * Reads a scalar as what its place wants, as fcct's YAML did: between 1.1 and 1.2, so that `0644`
 * is octal, and `yes` is true only where true or false is wanted.
 */
export function readScalar(node: ScalarNode, wanted: Scalar): ScalarReading {
  const text = String(node.value);
  const plain = node.type === 'PLAIN' || node.type === undefined;
  if (node.tag !== undefined && node.tag !== '!' && node.tag !== 'tag:yaml.org,2002:str')
    return { wrong: `the tag ${printable(node.tag)} is not supported here` };
  if (plain && node.tag === undefined && /^(~|null|Null|NULL|)$/.test(text))
    return { nothing: true };
  switch (wanted) {
    case 'text':
      return { value: text };
    case 'flag':
      return plain ? flag(text) : { wrong: 'it must be true or false, without quotes' };
    case 'number':
      return plain ? number(text) : { wrong: 'it must be a whole number, without quotes' };
  }
}

function flag(text: string): ScalarReading {
  if (/^(true|True|TRUE|y|Y|yes|Yes|YES|on|On|ON)$/.test(text)) return { value: true };
  if (/^(false|False|FALSE|n|N|no|No|NO|off|Off|OFF)$/.test(text)) return { value: false };
  return { wrong: 'it must be true or false' };
}

function number(text: string): ScalarReading {
  const [, sign = '', digits = ''] = /^([-+]?)(\w+)$/.exec(text.replaceAll('_', '')) ?? [];
  if (/^0[0-9]+$/.test(digits) && !/^0[0-7]+$/.test(digits))
    return {
      wrong: 'a number that begins with 0 is octal, and must not contain the digits 8 and 9',
    };
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits}` : digits;
  if (!/^(\d+|0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+)$/.test(octal))
    return { wrong: 'it must be a whole number' };
  const value = Number(octal) * (sign === '-' ? -1 : 1);
  // Larger ones are not exact in JavaScript.
  return Number.isSafeInteger(value) ? { value } : { wrong: 'the number is too large' };
}

export function printable(text: string): string {
  return JSON.stringify(text.slice(0, 60)).slice(1, -1);
}
