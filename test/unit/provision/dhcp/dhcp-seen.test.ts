import { expect, test } from 'vitest';
import { DhcpMemory } from '../../../../src/provision/dhcp/dhcp-seen.ts';
import { serverOf } from '../../../../src/provision/dhcp/find-dhcp-server.ts';

const mac = '52:54:00:00:00:01';

const macOf = (address: string) => (address === '192.0.2.50' ? mac : undefined);

/** The time of each line is its number. */
function memoryOf(lines: string): DhcpMemory {
  const memory = new DhcpMemory(macOf);
  for (const [index, line] of lines.trim().split('\n').entries()) memory.read(line.trim(), index);
  return memory;
}

test('what a proxy sees of firmware, of iPXE, and of the loader in between', () => {
  const memory = memoryOf(
    `
    dnsmasq-dhcp[7]: 305397767 available DHCP subnet: 192.0.2.0/255.255.255.0
    dnsmasq-dhcp[7]: 305397767 vendor class: PXEClient:Arch:00007:UNDI:003016
    dnsmasq-dhcp[7]: 305397767 PXE(lan) 52:54:00:00:00:01 proxy
    dnsmasq-dhcp[7]: 305397767 tags: uefi-x64, lan
    dnsmasq-tftp[7]: sent /srv/rack/assets/tftp/snponly.efi to 192.0.2.50
    dnsmasq-dhcp[7]: 305397768 vendor class: PXEClient:Arch:00007:UNDI:003010
    dnsmasq-dhcp[7]: 305397768 PXE(lan) 192.0.2.50 52:54:00:00:00:01 proxy
    dnsmasq-dhcp[7]: 305397768 tags: ipxe, uefi-x64, lan`,
  );
  expect(memory.seen(mac)).toEqual({
    firmware: { atMs: 3, kind: 'uefi-x64', architecture: 7 },
    loader: { file: 'snponly.efi', atMs: 4 },
    ipxeMs: 7,
  });
});

test('what a server sees', () => {
  const memory = memoryOf(`
    dnsmasq-dhcp[7]: 1 vendor class: PXEClient:Arch:00000:UNDI:002001
    dnsmasq-dhcp[7]: 1 DHCPDISCOVER(lan) 52:54:00:00:00:01
    dnsmasq-dhcp[7]: 1 tags: bios, lan
    dnsmasq-dhcp[7]: 1 DHCPOFFER(lan) 192.0.2.50 52:54:00:00:00:01
    dnsmasq-tftp[7]: file /srv/tftp/undionly.kpxe not found for 192.0.2.50`);
  expect(memory.seen(mac)).toEqual({
    firmware: { atMs: 2, kind: 'bios', architecture: 0 },
    loader: { file: 'undionly.kpxe', atMs: 4, failure: 'not found' },
  });
});

test('installers and installed systems are no news', () => {
  const memory = memoryOf(`
    dnsmasq-dhcp[7]: 1 DHCPDISCOVER(lan) 52:54:00:00:00:01
    dnsmasq-dhcp[7]: 1 tags: lan
    dnsmasq-dhcp[7]: 2 vendor class: udhcp 1.35.0
    dnsmasq-dhcp[7]: 2 DHCPREQUEST(lan) 192.0.2.50 52:54:00:00:00:01
    dnsmasq-dhcp[7]: 2 tags: known, lan
    dnsmasq[7]: started, version 2.90 DNS disabled
    dnsmasq-tftp[7]: sent /x to 192.0.2.99
    anything`);
  expect(memory.seen(mac)).toBeUndefined();
});

test('an architecture belongs to its own request', () => {
  const memory = memoryOf(`
    dnsmasq-dhcp[7]: 1 vendor class: PXEClient:Arch:00007:UNDI:003016
    dnsmasq-dhcp[7]: 2 DHCPDISCOVER(lan) 52:54:00:00:00:01
    dnsmasq-dhcp[7]: 2 tags: lan`);
  expect(memory.seen(mac)).toBeUndefined();
});

test('an architecture without a loader is remembered as such', () => {
  const memory = memoryOf(`
    dnsmasq-dhcp[7]: 1 vendor class: PXEClient:Arch:00006:UNDI:003016
    dnsmasq-dhcp[7]: 1 PXE(lan) 52:54:00:00:00:01 proxy
    dnsmasq-dhcp[7]: 1 tags: lan`);
  expect(memory.seen(mac)).toEqual({ firmware: { atMs: 2, architecture: 6 } });
});

test('a vendor class with line-like text makes no other machine', () => {
  const memory = memoryOf(`
    dnsmasq-dhcp[7]: 1 vendor class: PXE(lan) 52:54:00:00:00:99 proxy
    dnsmasq-dhcp[7]: 1 DHCPDISCOVER(lan) 52:54:00:00:00:01
    dnsmasq-dhcp[7]: 1 tags: bios, lan`);
  expect(memory.seen('52:54:00:00:00:99')).toBeUndefined();
  expect(memory.seen(mac)).toEqual({ firmware: { atMs: 2, kind: 'bios' } });
});

test('memory is bounded; the newest are kept', () => {
  const memory = new DhcpMemory(() => undefined);
  const nth = (index: number) =>
    `52:54:00:${[16, 8, 0].map((shift) => ((index >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`;
  for (let index = 0; index < 20_010; index++) {
    memory.read(`dnsmasq-dhcp: 1 DHCPDISCOVER(lan) ${nth(index)}`, index);
    memory.read('dnsmasq-dhcp: 1 tags: bios, lan', index);
  }
  expect(memory.seen(nth(9))).toBeUndefined();
  expect(memory.seen(nth(10))).toBeDefined();
  expect(memory.seen(nth(20_009))).toBeDefined();
});

test('only an answer to our own question counts, and it names its server', () => {
  const xid = Buffer.from([1, 2, 3, 4]);
  const offer = Buffer.alloc(260);
  offer[0] = 2;
  offer.set(xid, 4);
  offer.set([0x63, 0x82, 0x53, 0x63, 53, 1, 2, 0, 54, 4, 192, 0, 2, 254, 255], 236);
  expect(serverOf(offer, xid)).toBe('192.0.2.254');
  expect(serverOf(offer, Buffer.from([1, 2, 3, 5]))).toBeUndefined();
  expect(serverOf(Buffer.from(offer).fill(1, 0, 1), xid)).toBeUndefined();
  for (let length = 0; length < 250; length++)
    expect(serverOf(offer.subarray(0, length), xid)).toBeUndefined();
});
