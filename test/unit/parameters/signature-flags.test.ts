import { expect, test } from 'vitest';
import { ParameterError } from '../../../src/lib/errors.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import { resolveParameters } from '../../../src/parameters/resolve.ts';
import { type Combination, disagreements, everyCombination } from '../../support/combinations.ts';

/** All that says whether a signature is looked for, and whether there must be one. */
const places = {
  '--require-signature': [false, true],
  '/tmp/require_signature': [undefined, false, true],
  require_signature: ['', '=0', '=1'],
  '--insecure': [false, true],
  '/tmp/skip_media_check': [undefined, false, true],
  skip_media_check: ['', '=0', '=1'],
  insecure: ['', '=0', '=1'],
} as const;

type Row = Combination<typeof places>;

const kernelNames = ['require_signature', 'skip_media_check', 'insecure'] as const;

/** The place that switches it on: 0 an option, 1 a file, 2 a kernel argument; undefined: off. */
function placeOf(option: boolean, file: boolean | undefined, kernel: string): number | undefined {
  if (option) return 0;
  if (file !== undefined) return file ? 1 : undefined;
  return kernel === '=1' ? 2 : undefined;
}

function model(row: Row) {
  const required = placeOf(
    row['--require-signature'],
    row['/tmp/require_signature'],
    row.require_signature,
  );
  const skipped = placeOf(row['--insecure'], row['/tmp/skip_media_check'], row.skip_media_check);
  const lax = row.insecure === '=1';
  // Both on the kernel command line: one accepts what the other refuses.
  if (lax && required === 2) return 'refused';
  if (required !== undefined && required === skipped) return 'refused';
  const both = required !== undefined && skipped !== undefined;
  const verdict =
    required === undefined && skipped === undefined
      ? 'looked for'
      : (required ?? 3) < (skipped ?? 3)
        ? 'required'
        : 'not looked for';
  return `${verdict}, ${Number(both) + Number(lax)} notes`;
}

function program(row: Row) {
  const kernel = kernelNames
    .filter((name) => row[name] !== '')
    .map((name) => `coreos.inst.${name}${row[name]}`);
  try {
    const { requireSignature, skipMediaCheck, notes } = resolveParameters({
      options: {
        ...{ device: 'vda', imageUrl: 'http://h/x', ignitionUrl: 'skip' },
        ...(row['--require-signature'] && { requireSignature: true }),
        ...(row['--insecure'] && { insecure: true }),
      },
      files: {
        directory: '/tmp',
        requireSignature: row['/tmp/require_signature'],
        skipMediaCheck: row['/tmp/skip_media_check'],
      },
      kernel: parseKernelArguments(kernel.join(' ')),
    });
    if (requireSignature && skipMediaCheck) return 'both';
    const verdict = requireSignature
      ? 'required'
      : skipMediaCheck
        ? 'not looked for'
        : 'looked for';
    return `${verdict}, ${notes.length} notes`;
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return 'refused';
  }
}

test('a signature that is required here and not looked for there: the nearer place counts', async () => {
  const rows = everyCombination(places);
  expect(rows).toHaveLength(972);
  expect(new Set(rows.map(model).map((verdict) => verdict.replace(/, .*/, ''))).size).toBe(4);
  expect(await disagreements(rows, model, program)).toEqual([]);
});
