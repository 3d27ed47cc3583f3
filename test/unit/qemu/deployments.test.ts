import { expect, test } from 'vitest';
import { parseStatus } from '../../qemu/support/deployments.ts';

const [one, two] = ['1'.repeat(64), '2'.repeat(64)];

test('deployments in the order in which they boot: booted, staged, for a rollback', () => {
  const text = `  mini-coreos ${two}.0 (staged)
    Version: 2
    origin refspec: mini:mini-coreos/x86_64/stable
* mini-coreos ${one}.1
    Version: 1
    origin refspec: mini:mini-coreos/x86_64/stable
  mini-coreos ${two}.1 (rollback)
    Version: 2
`;
  expect(parseStatus(text)).toEqual([
    { commit: two, booted: false, role: 'staged' },
    { commit: one, booted: true, role: '' },
    { commit: two, booted: false, role: 'rollback' },
  ]);
});
