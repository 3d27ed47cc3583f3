import { expect, test } from 'vitest';
import { gptPieces } from '../../qemu/mini-coreos/gpt.ts';
import { layout2019, layoutToday } from '../../qemu/mini-coreos/layouts.ts';

test.each([
  ['2019', layout2019, ['boot', 'EFI-SYSTEM', 'BIOS-BOOT', 'root']],
  ['today', layoutToday, ['BIOS-BOOT', 'EFI-SYSTEM', 'boot', 'root']],
])('the layout of %s: one partition after the other, within the disk', (_, layout, names) => {
  const { partitions, sizeBytes } = layout;
  expect(partitions.map(({ name }) => name)).toEqual(names);
  let end = 1024 * 1024;
  for (const { offsetBytes, lengthBytes } of partitions) {
    expect(offsetBytes).toBe(end);
    end = offsetBytes + lengthBytes;
  }
  expect(sizeBytes - end).toBeGreaterThanOrEqual(33 * 4096);
  for (const sectorSize of [512, 4096]) {
    for (const { offsetBytes, bytes } of gptPieces(sizeBytes, partitions, sectorSize)) {
      const inTables = offsetBytes + bytes.length <= 1024 * 1024 || offsetBytes >= end;
      expect(inTables, `sectors of ${sectorSize} bytes, byte ${offsetBytes}`).toBe(true);
    }
  }
});
