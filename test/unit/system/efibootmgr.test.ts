import { describe, expect, test } from 'vitest';
import {
  type FirmwareFile,
  ownLabel,
  parseEfibootmgr,
  planEntries,
} from '../../../src/system/efibootmgr.ts';

/** As versions before 18 print it, on a laptop. */
const older = `BootCurrent: 0000
Timeout: 2 seconds
BootOrder: 0000,0010,001D,0001
Boot0000* ubuntu\tHD(1,GPT,b8eaa677-c80a-4cc1-b39c-41511561c550,0x800,0x100000)/File(\\EFI\\ubuntu\\shimx64.efi)
Boot0001* Linux-Firmware-Updater\tHD(1,GPT,b8eaa677-c80a-4cc1-b39c-41511561c550,0x800,0x100000)/File(\\EFI\\ubuntu\\fwupdx64.efi)
Boot0010  Setup\tFvFile(721c8b66-426c-4e86-8e99-3457c46ab0b9)
Boot001D* USB CD\tVenMsg(bc7838d2-0f82-4d60-8316-c068ee79d25b,86701296aa5a7848b66cd49dd3ba6a55)
Boot2001* EFI USB Device\tRC
`;

/** Version 17 on the installer medium in QEMU, after it was started by the network and has installed. */
const onMedium = `BootCurrent: 0002
Timeout: 0 seconds
BootOrder: 0007,0002,0001,0000
Boot0000* UiApp\tFvVol(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)
Boot0001* UEFI Misc Device\tPciRoot(0x0)/Pci(0x4,0x0)N.....YM....R,Y.
Boot0002* UEFI PXEv4 (MAC:525400123456)\tPciRoot(0x0)/Pci(0x5,0x0)/MAC(525400123456,1)/IPv4(0.0.0.00.0.0.0,0,0)N.....YM....R,Y.
Boot0007* CoreOS (coreos-installer)\tHD(2,GPT,f5f27bb3-3014-e408-7590-6bd3de9cbcb9,0x20800,0x2000)/File(\\EFI\\BOOT\\BOOTX64.EFI)
`;

/** Version 18, with raw bytes. */
const newer = `BootNext: 0003
BootCurrent: 0006
Timeout: 3 seconds
BootOrder: 0006,0003
Boot0003* CoreOS (coreos-installer)\tHD(2,GPT,3648CA8A-7CD7-4A22-AFE4-75B7FB6143BB,0x20800,0x2000)/\\EFI\\fedora\\shimx64.efi
      dp: 04 01 2a 00 02 00 00 00 00 08 02 00 / 7f ff 04 00
Boot0006* UEFI PXEv4 (MAC:525400123456)\tPciRoot(0x0)/Pci(0x3,0x0)/MAC(525400123456,1)/IPv4(0.0.0.0,0,DHCP,0.0.0.0,0.0.0.0,0.0.0.0)4eac0881119f594d850ee21a522c59b2
      dp: 02 01 0c 00 / 7f ff 04 00
    data: 4e ac 08 81
`;

describe('what efibootmgr prints', () => {
  test('in its older form', () => {
    const { entries, order, next } = parseEfibootmgr(older);
    expect(order).toEqual(['0000', '0010', '001D', '0001']);
    expect(next).toBeUndefined();
    expect(entries.map(({ number, label, isActive }) => [number, label, isActive])).toEqual([
      ['0000', 'ubuntu', true],
      ['0001', 'Linux-Firmware-Updater', true],
      ['0010', 'Setup', false],
      ['001D', 'USB CD', true],
      ['2001', 'EFI USB Device', true],
    ]);
    expect(entries.map(({ file }) => file?.loader)).toEqual([
      '\\EFI\\ubuntu\\shimx64.efi',
      '\\EFI\\ubuntu\\fwupdx64.efi',
      undefined,
      undefined,
      undefined,
    ]);
    expect(entries[0]?.file).toEqual({
      partitionGuid: 'b8eaa677-c80a-4cc1-b39c-41511561c550',
      firstLba: 0x800,
      loader: '\\EFI\\ubuntu\\shimx64.efi',
    });
  });

  test('on the installer medium', () => {
    const { entries, order } = parseEfibootmgr(onMedium);
    expect(order).toEqual(['0007', '0002', '0001', '0000']);
    expect(entries.map(({ number, file: found }) => [number, found])).toEqual([
      ['0000', undefined],
      ['0001', undefined],
      ['0002', undefined],
      [
        '0007',
        {
          partitionGuid: 'f5f27bb3-3014-e408-7590-6bd3de9cbcb9',
          firstLba: 0x20800,
          loader: '\\EFI\\BOOT\\BOOTX64.EFI',
        },
      ],
    ]);
  });

  test('in its newer form', () => {
    expect(parseEfibootmgr(newer)).toEqual({
      entries: [
        {
          number: '0003',
          label: ownLabel,
          isActive: true,
          file: {
            partitionGuid: '3648ca8a-7cd7-4a22-afe4-75b7fb6143bb',
            firstLba: 0x20800,
            loader: '\\EFI\\fedora\\shimx64.efi',
          },
        },
        {
          number: '0006',
          label: 'UEFI PXEv4 (MAC:525400123456)',
          isActive: true,
          file: undefined,
        },
      ],
      order: ['0006', '0003'],
      next: '0003',
    });
  });

  test('of firmware without an order, and without anything', () => {
    const none = { entries: [], order: [], next: undefined };
    expect(parseEfibootmgr('No BootOrder is set; firmware will attempt recovery\n')).toEqual(none);
    expect(parseEfibootmgr('BootOrder: \n')).toEqual(none);
    expect(parseEfibootmgr('')).toEqual(none);
  });
});

const guid = (digit: string) => `${digit.repeat(8)}-0000-4000-a000-${digit.repeat(12)}`;
const file: FirmwareFile = {
  partitionGuid: guid('2'),
  firstLba: 0x20800,
  loader: '\\EFI\\fedora\\shimx64.efi',
};
const entry = (number: string, label: string, { partitionGuid, firstLba, loader } = file) =>
  `Boot${number}* ${label}\tHD(2,GPT,${partitionGuid},0x${firstLba.toString(16)},0x2000)/${loader}`;
const planned = (order: string, lines: string[], present: string[] | 'unknown' = [guid('2')]) => {
  const text = [`BootOrder: ${order}`, ...lines].join('\n');
  const { reuse, remove } = planEntries(
    parseEfibootmgr(text),
    file,
    present === 'unknown' ? undefined : new Set(present),
  );
  return [reuse?.number, remove];
};

describe('our entry', () => {
  test('is made where there is none; those of others stay, also for the same file', () => {
    const others = [entry('0000', 'Fedora'), entry('0001', 'UEFI OS')];
    expect(planned('0000,0001', others)).toEqual([undefined, []]);
  });

  test('is found again, in whatever case the firmware writes it', () => {
    const upper = { ...file, loader: '\\EFI\\FEDORA\\SHIMX64.EFI' };
    expect(planned('0001', [entry('0001', ownLabel, upper)])).toEqual(['0001', []]);
  });

  test('exists once: the first in the order stays', () => {
    const three = ['0001', '0002', '0003'].map((number) => entry(number, ownLabel));
    expect(planned('0003,0001', three)).toEqual(['0003', ['0001', '0002']]);
    expect(planned('', three)).toEqual(['0001', ['0002', '0003']]);
  });

  test('of an earlier installation is removed; one for another disk stays', () => {
    const loader = '\\EFI\\BOOT\\BOOTX64.EFI';
    const lines = [
      entry('0001', ownLabel, { ...file, loader }),
      entry('0002', ownLabel, { ...file, firstLba: 0x800 }),
      entry('0003', ownLabel, { ...file, partitionGuid: guid('3') }),
      entry('0004', ownLabel, { ...file, partitionGuid: guid('4') }),
      `Boot0005* ${ownLabel}\tVenHw(99e275e7-75a0-4b37-a2e6-c5385e6c00cb)`,
      entry('0006', ownLabel),
    ];
    expect(planned('0001', lines, [guid('2'), guid('4')])).toEqual([
      '0006',
      ['0001', '0002', '0003', '0005'],
    ]);
  });

  test('for other disks stay where nobody knows their partitions', () => {
    const lines = [
      entry('0001', ownLabel, { ...file, partitionGuid: guid('3') }),
      entry('0002', ownLabel, { ...file, firstLba: 0x800 }),
    ];
    expect(planned('0001', lines, 'unknown')).toEqual([undefined, ['0002']]);
  });

  test('stays where udev does not know the new partitions', () => {
    expect(planned('0001', [entry('0001', ownLabel)], [])).toEqual(['0001', []]);
  });
});
