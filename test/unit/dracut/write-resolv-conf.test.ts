import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const script = join(import.meta.dirname, '../../../dracut/30coreos-installer/write-resolv-conf');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'resolv-conf-'));
  put('devices/lo/ifindex', '1\n');
  put('devices/bonding_masters', '\n');
  put('devices/eth1/ifindex', '3\n');
});
afterEach(() => rmSync(directory, { recursive: true }));

function put(name: string, text: string): void {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), text);
}

/** What is in resolv.conf afterwards; undefined: there is none. */
function written(): string | undefined {
  const resolvConf = join(directory, 'resolv.conf');
  const [networkd, devices] = [join(directory, 'netif'), join(directory, 'devices')];
  const env = { ...process.env, networkd, devices, resolv_conf: resolvConf };
  execFileSync('sh', ['-eu', script], { env });
  return existsSync(resolvConf) ? readFileSync(resolvConf, 'utf8') : undefined;
}

test('name servers and domains are those of all interfaces, each once', () => {
  put(
    'netif/state',
    'OPER_STATE=routable\nDNS=192.0.2.1 192.0.2.2#dns.example\nDOMAINS=a.example\n',
  );
  put('netif/links/3', 'DNS=192.0.2.2 2001:db8::53\nDOMAINS=b.example a.example\n');
  expect(written()).toBe(
    'nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 2001:db8::53\nsearch a.example b.example\n',
  );
});

test('router advertisements alone give some, with the interface of a link-local address', () => {
  put('netif/state', 'OPER_STATE=routable\nDNS=\n');
  put('netif/links/1', 'ADMIN_STATE=unmanaged\n');
  put('netif/links/3', 'DNS=fe80::1 2001:db8::53\n');
  expect(written()).toBe('nameserver fe80::1%eth1\nnameserver 2001:db8::53\n');
});

test('what was set by hand stays where networkd knows none', () => {
  put('netif/state', 'OPER_STATE=routable\nDNS=fe80::1\nDOMAINS=a.example\n');
  expect(written()).toBeUndefined();
  put('resolv.conf', 'nameserver 192.0.2.9\n');
  expect(written()).toBe('nameserver 192.0.2.9\n');
});
