import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Fixture } from '../../support/fixture.ts';
import { tableOn } from '../../support/installed-disk.ts';
import { type InstallerRun, runInstaller } from '../../support/installer.ts';
import { smallFixture } from '../../support/small-fixture.ts';

const program = readFileSync(join(import.meta.dirname, '../../support/efibootmgr.py'), 'utf8');

interface Firmware {
  entries: Record<string, string>;
  order: string[];
  next?: string;
  refuses?: boolean;
  forgets?: boolean;
}

const network = 'UEFI PXEv4 (MAC:525400123456)\tPciRoot(0x0)/Pci(0x3,0x0)/MAC(525400123456,1)';
const other = 'Fedora\tHD(1,GPT,b8eaa677-c80a-4cc1-b39c-41511561c550,0x800,0x1000)/File(\\EFI\\x)';
const networkFirst: Firmware = {
  entries: { '0000': network, '0001': other },
  order: ['0000', '0001'],
};

/** A machine with UEFI: its variables, and a program that plays efibootmgr with this state. */
function withFirmware(state: Firmware, variables = 'BootOrder'): InstallerRun {
  const script = `
mount -t tmpfs tmpfs /sys/firmware
mkdir -p /sys/firmware/efi/efivars
for name in ${variables}; do : > /sys/firmware/efi/efivars/$name; done
mkdir /tmp/tools
install -m 755 /tmp/efibootmgr /tmp/tools/efibootmgr
mount -t overlay -o lowerdir=/tmp/tools:/usr/sbin overlay /usr/sbin
exec "$@"
`;
  return {
    wrapper: ['sh', '-euc', script, 'sh'],
    tmpFiles: { efibootmgr: program, firmware: JSON.stringify(state) },
  };
}

async function install(it: Fixture, order: string, state: Firmware, variables?: string) {
  // The name of the directory is known by the path of the log.
  const args = [...it.args, '--log-file', '/tmp/tools/../log', '--boot-order', order];
  const result = await runInstaller({ ...withFirmware(state, variables), args });
  const firmware: Firmware = JSON.parse(result.tmpFiles['firmware'] ?? '');
  return { ...result, firmware };
}

/** How the firmware names the partition on that disk, or of the image. */
async function place(it: Fixture, path = it.disk.path): Promise<string> {
  const esp = (await tableOn(path))?.partitions.find(({ name }) => name === 'EFI-SYSTEM');
  if (esp === undefined) throw new Error('no EFI system partition');
  const { number, uniqueGuid, firstLba, lastLba } = esp;
  const [first, sectors] = [firstLba, lastLba - firstLba + 1].map((lba) => `0x${lba.toString(16)}`);
  return `HD(${number},GPT,${uniqueGuid.toLowerCase()},${first},${sectors})`;
}
const label = 'CoreOS (coreos-installer)';

describe.concurrent('under UEFI', () => {
  test('disk-first: one entry for the disk, first in the order; again: the same one', async () => {
    await using it = await smallFixture();
    const stale = `${label}\t${await place(it, it.imagePath)}/File(\\EFI\\old\\shimx64.efi)`;
    const before = {
      entries: { ...networkFirst.entries, '0002': stale },
      // As firmware leaves it: there is no such entry.
      order: ['0002', '0000', '100E', '0001'],
    };
    const first = await install(it, 'disk-first', before);
    expect(first.exitCode, first.stderr).toBe(0);
    expect(first.complaints).toBe('');
    expect(first.stdout).toMatch(/^Boot order: +the disk before everything else$/m);
    const entry = `${label}\t${await place(it)}/File(\\EFI\\BOOT\\BOOTX64.EFI)`;
    const after = {
      entries: { ...networkFirst.entries, '0002': entry },
      order: ['0002', '0000', '0001'],
    };
    expect(first.firmware).toEqual(after);

    const second = await install(it, 'disk-first', { ...after, order: ['0000', '0002', '0001'] });
    expect(second.exitCode, second.stderr).toBe(0);
    expect(second.firmware).toEqual(after);
  });

  test('once: the next boot only', async () => {
    await using it = await smallFixture();
    const { exitCode, stderr, stdout, firmware } = await install(it, 'once', networkFirst);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/^Boot order: +the disk the next time, then as before$/m);
    expect(firmware).toMatchObject({ order: ['0000', '0001'], next: '0002' });
    expect(firmware.entries['0002']).toContain(`${label}\t${await place(it)}/`);
  });

  test('keep, which is the default: nothing is changed', async () => {
    await using it = await smallFixture();
    const { exitCode, stdout, firmware } = await install(it, 'keep', networkFirst);
    expect(exitCode).toBe(0);
    expect(stdout).not.toMatch(/^Boot order: +the/m);
    expect(firmware).toEqual(networkFirst);
  });

  test.each([
    [
      { refuses: true },
      /: it failed: Could not prepare Boot variable: No space left on device\. If/,
    ],
    [
      { forgets: true },
      /: the firmware did not accept it\. If the machine does not boot \/dev\/loop/,
    ],
  ])('firmware that %j: a warning, and the disk is complete', async (more, why) => {
    await using it = await smallFixture();
    const result = await install(it, 'disk-first', { ...networkFirst, ...more });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stderr).toMatch(/^Warning: The firmware’s boot order could not be changed: /m);
    expect(result.stderr).toMatch(why);
    expect(result.stdout).toContain('Next: reboot.');
    expect(result.firmware.order).toEqual(networkFirst.order);
  });

  test('without variables the plan warns', async () => {
    await using it = await smallFixture();
    const result = await install(it, 'disk-first', networkFirst, '');
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stderr).toContain(
      'Warning: The boot order stays as it is: the variables of the firmware are not there;',
    );
    expect(result.firmware).toEqual(networkFirst);
  });
});

// One at a time: with an install id the boot file systems of all disks are looked into, and so in use.
describe('under UEFI, the installation with the id is on the disk', () => {
  async function comeBack(it: Fixture, more: readonly string[], state: Firmware = networkFirst) {
    const withId = ['--install-id', randomUUID()];
    const first = await runInstaller({ args: [...it.args, ...withId] });
    expect(first.exitCode, first.stderr).toBe(0);
    const log = ['--log-file', '/tmp/tools/../log'];
    const args = [...it.args, ...withId, ...log, ...more];
    const result = await runInstaller({ ...withFirmware(state), args });
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stdout).toContain('already holds the installation');
    const firmware: Firmware = JSON.parse(result.tmpFiles['firmware'] ?? '');
    return { ...result, firmware };
  }

  test.each([[[]], [['--boot-order', 'once']]])('with %j the disk is the next', async (more) => {
    await using it = await smallFixture();
    const { firmware } = await comeBack(it, more);
    expect(firmware).toMatchObject({ order: networkFirst.order, next: '0002' });
    expect(firmware.entries['0002']).toContain(`${label}\t${await place(it)}/`);
  });

  test('with disk-first it is the first', async () => {
    await using it = await smallFixture();
    const { firmware } = await comeBack(it, ['--boot-order', 'disk-first']);
    expect(firmware.order).toEqual(['0002', '0000', '0001']);
  });

  test.each([[['--boot-order', 'keep']], [['--dry-run']]])('with %j nothing', async (more) => {
    await using it = await smallFixture();
    expect((await comeBack(it, more)).firmware).toEqual(networkFirst);
  });

  test('firmware that refuses: a warning', async () => {
    await using it = await smallFixture();
    const { stderr } = await comeBack(it, [], { ...networkFirst, refuses: true });
    expect(stderr).toMatch(/^Warning: The firmware’s boot order could not be changed: /m);
  });
});

test('under BIOS: nothing, and no warning', async () => {
  await using it = await smallFixture();
  const result = await runInstaller({
    args: it.args,
    cmdline: 'coreos.inst.boot_order=disk-first',
    wrapper: ['sh', '-euc', 'mount -t tmpfs tmpfs /sys/firmware; exec "$@"', 'sh'],
  });
  expect(result.exitCode, result.stderr).toBe(0);
  expect(result.stderr).not.toContain('boot order');
  expect(result.stdout).toMatch(/^Boot order: +as it is: this system was not started by UEFI$/m);
});
