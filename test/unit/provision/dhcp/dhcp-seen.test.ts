import { expect, test } from 'vitest';
import { DhcpMemory } from '../../../../src/provision/dhcp/dhcp-seen.ts';
import { serverOf } from '../../../../src/provision/dhcp/find-dhcp-server.ts';

const mac = '52:54:00:00:00:01';

function read(lines: string, macOf: (address: string) => string | undefined = () => undefined) {
  const memory = new DhcpMemory(macOf);
  const news = lines
    .trim()
    .split('\n')
    .map((line, index) => memory.read(line.trim(), 1000 + index));
  return { machines: memory.machines, news: news.filter(Boolean).length };
}

test('what a proxy sees of firmware, of iPXE, and of the loader in between', () => {
  const { machines } = read(
    `
    dnsmasq-dhcp[7]: 305397767 available DHCP subnet: 192.0.2.0/255.255.255.0
    dnsmasq-dhcp[7]: 305397767 vendor class: PXEClient:Arch:00007:UNDI:003016
    dnsmasq-dhcp[7]: 305397767 PXE(lan) 52:54:00:00:00:01 proxy
    dnsmasq-dhcp[7]: 305397767 tags: uefi-x64, lan
    dnsmasq-tftp[7]: sent /srv/rack/assets/tftp/snponly.efi to 192.0.2.50
    dnsmasq-dhcp[7]: 305397768 vendor class: PXEClient:Arch:00007:UNDI:003010
    dnsmasq-dhcp[7]: 305397768 PXE(lan) 192.0.2.50 52:54:00:00:00:01 proxy
    dnsmasq-dhcp[7]: 305397768 tags: ipxe, uefi-x64, lan`,
    (address) => (address === '192.0.2.50' ? mac : undefined),
  );
  expect(machines).toEqual([
    {
      mac,
      firmware: { atMs: 1003, kind: 'uefi-x64', architecture: 7 },
      loader: { file: 'snponly.efi', atMs: 1004 },
      ipxeMs: 1007,
    },
  ]);
});

test('what a server sees; addresses come from its own answers', () => {
  const { machines } = read(`
    dnsmasq-dhcp[7]: 1 vendor class: PXEClient:Arch:00000:UNDI:002001
    dnsmasq-dhcp[7]: 1 DHCPDISCOVER(lan) 52:54:00:00:00:01
    dnsmasq-dhcp[7]: 1 tags: bios, lan
    dnsmasq-dhcp[7]: 1 DHCPOFFER(lan) 192.0.2.135 52:54:00:00:00:01
    dnsmasq-tftp[7]: file /srv/tftp/undionly.kpxe not found for 192.0.2.135`);
  expect(machines).toEqual([
    {
      mac,
      firmware: { atMs: 1002, kind: 'bios', architecture: 0 },
      loader: { file: 'undionly.kpxe', atMs: 1004, failure: 'not found' },
    },
  ]);
});

test('installers and installed systems are no news', () => {
  const { machines, news } = read(`
    dnsmasq-dhcp[7]: 1 DHCPDISCOVER(lan) 52:54:00:00:00:01
    dnsmasq-dhcp[7]: 1 tags: lan
    dnsmasq-dhcp[7]: 2 vendor class: udhcp 1.35.0
    dnsmasq-dhcp[7]: 2 DHCPREQUEST(lan) 192.0.2.135 52:54:00:00:00:01
    dnsmasq-dhcp[7]: 2 tags: known, lan
    dnsmasq[7]: started, version 2.90 DNS disabled
    dnsmasq-tftp[7]: sent /x to 192.0.2.99
    anything`);
  expect({ machines, news }).toEqual({ machines: [], news: 0 });
});

test('an architecture without a loader is remembered as such', () => {
  const { machines } = read(`
    dnsmasq-dhcp[7]: 1 vendor class: PXEClient:Arch:00006:UNDI:003016
    dnsmasq-dhcp[7]: 1 PXE(lan) 52:54:00:00:00:01 proxy
    dnsmasq-dhcp[7]: 1 tags: lan`);
  expect(machines).toEqual([{ mac, firmware: { atMs: 1002, architecture: 6 } }]);
});

test('a vendor class with line-like text makes no other machine', () => {
  const { machines } = read(`
    dnsmasq-dhcp[7]: 1 vendor class: PXE(lan) 52:54:00:00:00:99 proxy
    dnsmasq-dhcp[7]: 1 DHCPDISCOVER(lan) 52:54:00:00:00:01
    dnsmasq-dhcp[7]: 1 tags: bios, lan`);
  expect(machines.map((one) => one.mac)).toEqual([mac]);
});

test('memory is bounded; the newest are kept', () => {
  const memory = new DhcpMemory(() => undefined);
  const macOf = (index: number) =>
    `52:54:00:${[16, 8, 0].map((shift) => ((index >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`;
  for (let index = 0; index < 20_010; index++) {
    memory.read(`dnsmasq-dhcp: 1 DHCPDISCOVER(lan) ${macOf(index)}`, index);
    memory.read('dnsmasq-dhcp: 1 tags: bios, lan', index);
  }
  expect(memory.machines.length).toBe(20_000);
  expect(memory.machines.at(0)?.mac).toBe(macOf(10));
  expect(memory.machines.at(-1)?.mac).toBe(macOf(20_009));
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
