import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identifyMachine } from '../../../src/notify/machine.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'coreos-installer-machine-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

function put(path: string, content: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

test('a machine is told by its cards, serial number and UUID', () => {
  put('class/dmi/id/product_serial', 'CZ1234\n');
  put('class/dmi/id/product_uuid', '4C4C4544-0042-3510-8052-B4C04F4E3432\n');
  put('class/dmi/id/sys_vendor', 'Dell Inc.\n');
  put('class/dmi/id/product_name', 'PowerEdge R640\n');
  for (const [name, mac] of [
    ['eno1', '3c:ec:ef:00:00:01'],
    ['eno2', '3c:ec:ef:00:00:02'],
  ]) {
    put(`class/net/${name}/address`, `${mac}\n`);
    symlinkSync('/', join(root, `class/net/${name}/device`));
  }
  put('class/net/lo/address', '00:00:00:00:00:00\n');
  put('class/net/bond0/address', '3c:ec:ef:00:00:01\n');
  expect(identifyMachine(root)).toEqual({
    macs: ['3c:ec:ef:00:00:01', '3c:ec:ef:00:00:02'],
    serial: 'CZ1234',
    uuid: '4c4c4544-0042-3510-8052-b4c04f4e3432',
    vendor: 'Dell Inc.',
    product: 'PowerEdge R640',
  });
});

test('what makers leave where a number should be is no number', () => {
  put('class/dmi/id/product_serial', 'To be filled by O.E.M.\n');
  put('class/dmi/id/chassis_serial', 'Default string\n');
  put('class/dmi/id/board_serial', 'B-77\n');
  expect(identifyMachine(root)).toEqual({ macs: [], serial: 'B-77' });
});

test.each([
  '',
  'None',
  '0',
  '00000000',
  'Default string',
  'To Be Filled By O.E.M.',
  'to be filled by oem',
  'Not Specified',
  'Not Applicable',
  'System Serial Number',
  'System Product Name',
  'System manufacturer',
])('%j is no number', (filler) => {
  put('class/dmi/id/product_serial', `${filler}\n`);
  put('class/dmi/id/sys_vendor', `${filler}\n`);
  expect(identifyMachine(root)).toEqual({ macs: [] });
});

test('a UUID that many machines have is none', () => {
  put('class/dmi/id/product_uuid', '03000200-0400-0500-0006-000700080009\n');
  expect(identifyMachine(root)).toEqual({ macs: [] });
});

test.each(['None1', '0A', 'X0', 'Not Specified 7', 'My System Serial Number'])(
  '%j is one',
  (serial) => {
    put('class/dmi/id/product_serial', `${serial}\n`);
    expect(identifyMachine(root)).toEqual({ macs: [], serial });
  },
);

test('of several numbers and names, the one nearest to the machine counts', () => {
  put('class/dmi/id/product_name', 'PowerEdge R640\n');
  put('firmware/devicetree/base/model', 'Some Board\0');
  put('firmware/devicetree/base/serial-number', 'tree\0');
  for (const [name, left] of [
    ['board', 'board'],
    ['chassis', 'chassis'],
    ['product', 'product'],
  ]) {
    put(`class/dmi/id/${name}_serial`, `${left}\n`);
    expect(identifyMachine(root)).toMatchObject({ serial: left, product: 'PowerEdge R640' });
  }
});

test('only an address that a card can have is one', () => {
  for (const [name, address] of [
    ['eno1', '00:00:00:00:00:00'],
    ['eno2', ''],
    ['eno3', 'none'],
    ['eno4', '3c:ec:ef:00:00:1'],
    ['eno5', '3c:ec:ef:00:00:02'],
    ['ib0', '80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:31:78:f2'],
  ]) {
    put(`class/net/${name}/address`, `${address}\n`);
    symlinkSync('/', join(root, `class/net/${name}/device`));
  }
  expect(identifyMachine(root).macs).toEqual([
    '3c:ec:ef:00:00:02',
    '80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03:00:31:78:f2',
  ]);
});

test('a machine with a device tree has its number there', () => {
  put('firmware/devicetree/base/serial-number', '10000000abcd\0');
  put('firmware/devicetree/base/model', 'Raspberry Pi 4\0');
  expect(identifyMachine(root)).toEqual({
    macs: [],
    serial: '10000000abcd',
    product: 'Raspberry Pi 4',
  });
});

test('a machine that says nothing is nobody', () => {
  expect(identifyMachine(join(root, 'none'))).toEqual({ macs: [] });
});
