import { expect, test } from 'vitest';
import { refuseOwnMedium } from '../../../src/plan/own-medium.ts';
import { failure } from '../../support/failure.ts';

const medium = { type: 'iso9660', label: 'COREOS_INSTALLER', uuid: undefined };
const stick = { path: '/dev/sda' };
const disks = [stick, { path: '/dev/nvme0n1' }, { path: '/dev/nvme1n1' }];

test('an installation medium is refused while there are other disks, which are named', () => {
  const refused = () => refuseOwnMedium(stick, { fileSystem: medium }, disks);
  expect(refused).toThrow(failure('target-is-medium'));
  expect(refused).toThrow(
    'Cannot install to /dev/sda: it is an installation medium. Choose a disk; there are ' +
      '/dev/nvme0n1, /dev/nvme1n1. To overwrite the medium, first run: wipefs --all /dev/sda',
  );
});

test.each([
  ['the only disk of a machine', medium, [stick]],
  ['the medium of another program', { ...medium, label: 'Fedora-WS-Live-43' }, disks],
  ['a data disk of that name', { ...medium, type: 'ext4' }, disks],
  ['an empty disk', undefined, disks],
])('not %s', (_, fileSystem, all) => {
  expect(() => refuseOwnMedium(stick, { fileSystem }, all)).not.toThrow();
});
