import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BootOrder } from '../../../src/parameters/parameters.ts';
import {
  planBootOrder,
  planBootOrderOfFound,
  warnOfBootOrder,
} from '../../../src/plan/plan-boot-order.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'boot-order-'));
});
afterEach(() => rm(root, { recursive: true }));

const partition = (number: number, typeGuid: string) => ({
  ...{ number, typeGuid, uniqueGuid: `GUID-${number}`, name: '' },
  ...{ firstLba: 1, lastLba: 2, offsetBytes: 512, sizeBytes: 1024 },
});
const esp = partition(2, 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B');
const linux = partition(4, '0fc63daf-8483-4772-8e79-3d69d8477de4');

const wanted = (value: BootOrder | undefined) => ({
  bootOrder: value && { value, origin: { kind: 'option', name: '--boot-order' } as const },
});
const planned = (value: BootOrder | undefined, partitions = [linux, esp]) =>
  planBootOrder(wanted(value), { partitions }, { root, hasTool: true });

async function firmwareWith(...variables: string[]): Promise<void> {
  const directory = join(root, 'sys/firmware/efi/efivars');
  await mkdir(directory, { recursive: true });
  for (const name of variables) await writeFile(join(directory, name), '');
}

test('nothing, unless it is asked for', async () => {
  await firmwareWith('BootOrder-8be4df61');
  expect(planned(undefined)).toBeUndefined();
  expect(planned('keep')).toBeUndefined();
});

test('under UEFI: the partition with the boot loader', async () => {
  await firmwareWith('BootOrder-8be4df61');
  const plan = planned('once');
  expect(plan).toEqual({ order: 'once', esp, unchanged: undefined, isMissed: false });
  expect(warnOfBootOrder(plan)).toEqual([]);
});

test('under BIOS nothing, and no warning', () => {
  const plan = planned('disk-first');
  expect(plan).toMatchObject({ esp: undefined, unchanged: 'this system was not started by UEFI' });
  expect(warnOfBootOrder(plan)).toEqual([]);
});

test('what prevents it under UEFI is a warning', async () => {
  await firmwareWith();
  expect(warnOfBootOrder(planned('disk-first'))).toEqual([
    'The boot order stays as it is: the variables of the firmware are not there; ' +
      'to have them: mount -t efivarfs efivarfs /sys/firmware/efi/efivars.',
  ]);
  await firmwareWith('BootOrder-8be4df61');
  expect(warnOfBootOrder(planned('disk-first', [linux]))).toEqual([
    'The boot order stays as it is: there is no EFI system partition.',
  ]);
  const options = { root, hasTool: false };
  expect(warnOfBootOrder(planBootOrder(wanted('once'), { partitions: [esp] }, options))).toEqual([
    'The boot order stays as it is: efibootmgr is not installed; install the package efibootmgr.',
  ]);
});

describe('of an installation that is there', () => {
  const found = (value: BootOrder | undefined, partitions = [linux, esp]) =>
    planBootOrderOfFound(wanted(value), { partitions }, { root, hasTool: true });

  test('the disk is next, unless the user has said something else', async () => {
    await firmwareWith('BootOrder-8be4df61');
    expect(found(undefined)).toMatchObject({ order: 'once', esp });
    expect(found('disk-first')).toMatchObject({ order: 'disk-first', esp });
    expect(found('keep')).toBeUndefined();
  });

  test('what prevents it is a warning where it was asked for', async () => {
    await firmwareWith();
    expect(warnOfBootOrder(found('once'))).toHaveLength(1);
    expect(warnOfBootOrder(found(undefined))).toEqual([]);
    expect(found(undefined)).toMatchObject({ esp: undefined });
  });
});
