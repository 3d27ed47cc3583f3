import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { NetworkInterfaceInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressesOf, disksOf, firmwareOf } from '../../../src/notify/hardware.ts';
import { reportMachine } from '../../../src/notify/machine.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'coreos-installer-hardware-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

function put(path: string, content: string | Uint8Array) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const address = (text: string, internal = false) =>
  ({ address: text, internal }) as NetworkInterfaceInfo;

function putCard(name: string, mac = '3c:ec:ef:00:00:01') {
  put(`class/net/${name}/address`, `${mac}\n`);
  symlinkSync('/', join(root, `class/net/${name}/device`));
}

describe('addresses', () => {
  test('are those of cards and what is made of them, if others can use them', () => {
    putCard('eno1');
    putCard('eno2');
    put('class/net/bond0/lower_eno2/x', '');
    put('class/net/bond0.7/lower_bond0/x', '');
    put('class/net/docker0/lower_veth1/x', '');
    put('class/net/veth1/address', '');
    const found = addressesOf(root, {
      lo: [address('127.0.0.1', true)],
      eno1: [address('192.0.2.7'), address('fe80::1'), address('169.254.3.4')],
      'bond0.7': [address('2001:db8::7'), address('fd00::7')],
      docker0: [address('172.17.0.1')],
    });
    expect(found).toEqual(['192.0.2.7', '2001:db8::7', 'fd00::7']);
  });

  test('are no more than 64, also where interfaces form a loop', () => {
    putCard('eno1');
    put('class/net/a/lower_b/x', '');
    put('class/net/b/lower_a/x', '');
    const many = Array.from({ length: 200 }, (_, index) => address(`192.0.2.${index}`));
    expect(addressesOf(root, { eno1: many, a: [address('198.51.100.1')] })).toHaveLength(64);
  });
});

describe('firmware', () => {
  const variable = 'firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';

  test.each([
    [[6, 0, 0, 0, 1], { firmware: 'uefi', secureBoot: true }],
    [[6, 0, 0, 0, 0], { firmware: 'uefi', secureBoot: false }],
    [[6, 0, 0, 0], { firmware: 'uefi' }],
  ])('with the variable %j', (bytes, expected) => {
    put(variable, Uint8Array.from(bytes));
    expect(firmwareOf(root, 'x64')).toEqual(expected);
  });

  test('without variables', () => {
    mkdirSync(join(root, 'firmware/efi'), { recursive: true });
    expect(firmwareOf(root, 'arm64')).toEqual({ firmware: 'uefi' });
  });

  test('without UEFI it is a BIOS, where there is such a thing', () => {
    expect(firmwareOf(root, 'x64')).toEqual({ firmware: 'bios' });
    expect(firmwareOf(root, 'arm64')).toEqual({});
  });
});

function putDisk(name: string, { sectors = 2048, place = 'pci0000:00' } = {}): string {
  const directory = `devices/${place}/block/${name}`;
  put(`${directory}/dev`, '8:0\n');
  put(`${directory}/size`, `${sectors}\n`);
  mkdirSync(join(root, 'block'), { recursive: true });
  symlinkSync(join(root, directory), join(root, 'block', name));
  return directory;
}

describe('disks', () => {
  test('are named as --device takes them; what is no disk to install to is left out', () => {
    const sda = putDisk('sda');
    put(`${sda}/device/model`, 'Samsung SSD\n');
    put(`${sda}/serial`, 'S4WNX0\n');
    putDisk('sdb', { sectors: 0 });
    putDisk('sr0');
    putDisk('zram0');
    putDisk('loop0', { place: 'virtual' });
    putDisk('vda');
    expect(disksOf(root, root)).toEqual([
      { path: '/dev/sda', sizeBytes: 1024 ** 2, model: 'Samsung SSD', serial: 'S4WNX0' },
      { path: '/dev/vda', sizeBytes: 1024 ** 2 },
    ]);
  });

  test('have the names that udev makes', () => {
    putDisk('null');
    for (const name of ['by-path/pci-1', 'by-id/ata-2', 'by-id/wwn-1']) {
      mkdirSync(dirname(join(root, 'disk', name)), { recursive: true });
      symlinkSync('/dev/null', join(root, 'disk', name));
    }
    expect(disksOf(root, root)).toMatchObject([
      { byPath: '/dev/disk/by-path/pci-1', byId: '/dev/disk/by-id/ata-2' },
    ]);
  });

  test('are no more than 64', () => {
    for (let index = 0; index < 70; index++) putDisk(`vd${index}`);
    expect(disksOf(root, root)).toHaveLength(64);
  });
});

test('the report has all of it', async () => {
  putCard('eno1');
  const kernel = parseKernelArguments('ip=eno1:dhcp');
  expect(await reportMachine({ sysRoot: root, devRoot: root, kernel })).toMatchObject({
    macs: ['3c:ec:ef:00:00:01'],
    bootMac: '3c:ec:ef:00:00:01',
    addresses: [],
    disks: [],
  });
  const outside = parseKernelArguments('ip=../../class/net/eno1:dhcp');
  const report = await reportMachine({ sysRoot: root, devRoot: root, kernel: outside });
  expect(report).not.toHaveProperty('bootMac');
});

test('of a machine without anything there is a report', async () => {
  expect(await reportMachine({ sysRoot: join(root, 'none'), devRoot: root })).toMatchObject({
    ...{ macs: [], addresses: [], disks: [] },
  });
});

test('of one whose addresses cannot be read there is a report without them', async () => {
  putCard('eno1');
  const interfaces = () => {
    throw Object.assign(new Error('uv_interface_addresses'), { code: 'EMFILE' });
  };
  expect(await reportMachine({ sysRoot: root, devRoot: root, interfaces })).toMatchObject({
    ...{ macs: ['3c:ec:ef:00:00:01'], addresses: [], disks: [] },
  });
});
