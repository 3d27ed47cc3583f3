import { expect, test } from 'vitest';
import { bootMacOf } from '../../../src/notify/boot-card.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';

const cards: Readonly<Record<string, string>> = {
  eth0: '3c:ec:ef:00:00:01',
  ens3f0: '3c:ec:ef:00:00:02',
};

test.each([
  ['BOOTIF=01-52-54-00-AB-CD-EF', '52:54:00:ab:cd:ef'],
  ['BOOTIF=01-52:54:00:ab:cd:ef', '52:54:00:ab:cd:ef'],
  ['BOOTIF=52:54:00:ab:cd:ef', '52:54:00:ab:cd:ef'],
  ['BOOTIF=52-54-00-ab-cd-ef', '52:54:00:ab:cd:ef'],
  ['BOOTIF=01-11-11-11-11-11-11 BOOTIF=01-52-54-00-ab-cd-ef ip=eth0:dhcp', '52:54:00:ab:cd:ef'],
  ['ip=eth0:dhcp', cards['eth0']],
  ['ip=ens3f0:dhcp6:1500', cards['ens3f0']],
  ['ip=192.0.2.7::192.0.2.1:255.255.255.0:eth9:ens3f0:none', cards['ens3f0']],
  ['ip=[2001:db8::7]::[2001:db8::1]:64:host:eth0:none:1500', cards['eth0']],
  ['ip=dhcp ip=eth0:off', cards['eth0']],
  ['ip=eth0:dhcp bootdev=ens3f0', cards['ens3f0']],
  ['BOOTIF=eth0 ip=eth0:dhcp', cards['eth0']],
  ['ip=eth0:dhcp:1500:52:54:00:AB:CD:EF', cards['eth0']],
  ['ip=eth0:dhcp::52:54:00:AB:CD:EF', cards['eth0']],
  ['ip=fd00::7::fd00::1:64:host:eth0:none', undefined],
  ['ifname=lan:52:54:00:AB:CD:EF ip=lan:dhcp', '52:54:00:ab:cd:ef'],
  ['ifname=lan:52:54:00:ab:cd:ef ip=eth0:dhcp', cards['eth0']],
  ['ifname=lan:52:54 ip=lan:dhcp', undefined],
  ['ip=enx525400abcdef:dhcp', '52:54:00:ab:cd:ef'],
])('%s', (text, mac) => {
  expect(bootMacOf(parseKernelArguments(text), (name) => cards[name])).toBe(mac);
});

test.each(['', 'ip=dhcp', 'ip=eth7:dhcp', 'BOOTIF=01-52-54', 'BOOTIF', 'ip=', 'bootdev=eth7'])(
  '%j names no card',
  (text) => {
    expect(bootMacOf(parseKernelArguments(text), (name) => cards[name])).toBeUndefined();
  },
);
