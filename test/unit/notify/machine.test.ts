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
