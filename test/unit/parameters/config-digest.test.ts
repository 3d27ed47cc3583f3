import { expect, test } from 'vitest';
import { ParameterError } from '../../../src/lib/errors.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import { resolveParameters } from '../../../src/parameters/resolve.ts';
import { type Combination, disagreements, everyCombination } from '../../support/combinations.ts';

const configs = [undefined, 'skip', 'http://h/config.ign'] as const;
const hex = 'ab'.repeat(32);

/** All that says which config there is, and what its digest is. */
const places = {
  '-i': configs,
  '/tmp/ignition_url': configs,
  ignition_url: configs,
  '--ignition-hash': [false, true],
  '/tmp/ignition_hash': [false, true],
  ignition_hash: [false, true],
} as const;

type Row = Combination<typeof places>;

/** Which place gives it: 0 an option, 1 a file, 2 a kernel argument, -1 none. */
const placeOf = (...given: unknown[]) =>
  given.findIndex((one) => one !== undefined && one !== false);

function model(row: Row): string {
  const given = [row['-i'], row['/tmp/ignition_url'], row.ignition_url];
  const configPlace = placeOf(...given);
  const config = given[configPlace];
  const digestPlace = placeOf(row['--ignition-hash'], row['/tmp/ignition_hash'], row.ignition_hash);
  if (digestPlace === -1) return `${config}, unchecked, ${Number(config === undefined)} notes`;
  if (config === undefined) return 'parameter-missing';
  if (config !== 'skip') return `${config}, checked, 0 notes`;
  return configPlace < digestPlace ? 'skip, unchecked, 1 notes' : 'parameters-conflict';
}

function program(row: Row): string {
  const digest = (isGiven: boolean) => (isGiven ? hex : undefined);
  const kernel = [
    row.ignition_url && `coreos.inst.ignition_url=${row.ignition_url}`,
    row.ignition_hash && `coreos.inst.ignition_hash=${hex}`,
  ];
  try {
    const { ignitionUrl, skipIgnition, ignitionHash, notes } = resolveParameters({
      options: {
        ...{ device: 'vda', imageUrl: 'http://h/x' },
        ...{ ignitionUrl: row['-i'], ignitionHash: digest(row['--ignition-hash']) },
      },
      files: {
        directory: '/tmp',
        ignitionUrl: row['/tmp/ignition_url'],
        ignitionHash: digest(row['/tmp/ignition_hash']),
      },
      kernel: parseKernelArguments(kernel.filter(Boolean).join(' ')),
      fileExists: () => false,
    });
    const config = skipIgnition ? 'skip' : ignitionUrl?.value;
    return `${config}, ${ignitionHash ? 'checked' : 'unchecked'}, ${notes.length} notes`;
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return error.failure.code;
  }
}

test('the digest of a config is checked, or does not count, or the run ends before anything', async () => {
  const rows = everyCombination(places);
  expect(rows).toHaveLength(216);
  expect(new Set(rows.map(model)).size).toBe(7);
  expect(await disagreements(rows, model, program)).toEqual([]);
});
