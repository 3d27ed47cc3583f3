import { expect, test } from 'vitest';
import { scenariosWanted } from '../../qemu/support/scenario-test.ts';

test('all scenarios, or the core where SCENARIOS says so', () => {
  expect([undefined, '', 'all', 'core'].map((value) => scenariosWanted(value))).toEqual([
    ...['all', 'all', 'all', 'core'],
  ]);
});

test('any other word is an error that says what there is', () => {
  expect(() => scenariosWanted('few')).toThrow('SCENARIOS=few: there are core and all');
});
