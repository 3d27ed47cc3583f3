import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { setBootOrder } from '../../../src/install/set-boot-order.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { efibootmgr, type FirmwareBoot, ownLabel } from '../../../src/system/efibootmgr.ts';
import { afterMocks } from '../../support/own-modules.ts';

vi.hoisted(() => vi.resetModules());
afterMocks(() => vi.doUnmock(import('../../../src/disk/partitions/look-into.ts')));
// The image has no boot loader but the one that firmware boots without an entry.
vi.mock(import('../../../src/disk/partitions/look-into.ts'), async (original) => ({
  ...(await original()),
  lookInto: async () => {
    throw new Error('no such disk');
  },
}));

const loader = `\\EFI\\BOOT\\BOOT${process.arch === 'arm64' ? 'AA64' : 'X64'}.EFI`;
const esp = { number: 2, firstLba: 4096, uniqueGuid: 'B8EAA677-C80A-4CC1-B39C-41511561C550' };
const file = { partitionGuid: esp.uniqueGuid.toLowerCase(), firstLba: esp.firstLba, loader };

let firmware: FirmwareBoot;
/** What the firmware was asked for, and whether our entry was active then. */
let asked: [string, boolean][];

beforeEach(() => {
  asked = [];
  const note = (what: string) => {
    asked.push([
      what,
      firmware.entries.some(({ label, isActive }) => label === ownLabel && isActive),
    ]);
  };
  vi.spyOn(efibootmgr, 'read').mockImplementation(async () => firmware);
  vi.spyOn(efibootmgr, 'remove').mockImplementation(async (number) => note(`remove ${number}`));
  vi.spyOn(efibootmgr, 'create').mockImplementation(async () => note('create'));
  vi.spyOn(efibootmgr, 'activate').mockImplementation(async (number) => {
    note(`activate ${number}`);
    await new Promise(setImmediate);
    const entries = firmware.entries.map((one) =>
      one.number === number ? { ...one, isActive: true } : one,
    );
    firmware = { ...firmware, entries };
  });
  vi.spyOn(efibootmgr, 'setOrder').mockImplementation(async (order) => {
    note(`order ${order.join()}`);
    firmware = { ...firmware, order };
  });
});
afterEach(() => vi.restoreAllMocks());

test.each([
  [false, [['activate 0002', false]]],
  [true, []],
])(
  'the entry of an earlier installation is active before it is the first: %s',
  async (isActive, first) => {
    firmware = {
      entries: [
        { number: '0000', label: 'Network', isActive: true, file: undefined },
        { number: '0002', label: ownLabel, isActive, file },
      ],
      order: ['0000', '0002'],
      next: undefined,
    };
    const plan = { target: { path: '/dev/no-such-disk' }, bootOrder: { order: 'disk-first', esp } };
    expect(await setBootOrder(plan as unknown as Plan)).toEqual([]);
    expect(asked).toEqual([...first, ['order 0002,0000', true]]);
  },
);
