import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const sources = join(import.meta.dirname, '../../../dracut/30coreos-installer');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'generator-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs the generator for a boot with these kernel arguments; reads what it has made below /run. */
function generate(booted: string) {
  writeFileSync(join(directory, 'cmdline'), `${booted}\n`);
  mkdirSync(join(directory, 'early'));
  const script = readFileSync(join(sources, 'generator'), 'utf8')
    .replaceAll('/usr/lib/coreos-installer/lib.sh', `'${join(sources, 'lib.sh')}'`)
    .replaceAll('/run/', `${directory}/run/`);
  execFileSync('sh', ['-euc', script, 'generator', '/nowhere', join(directory, 'early')], {
    env: { ...process.env, booted: join(directory, 'cmdline') },
  });
  return (name: string) => {
    const path = join(directory, 'run', name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
}

test.each(['coreos.inst=yes', 'coreos.inst=yes ip=eth0:dhcp6'])(
  'with %s DHCP servers know the medium by its MAC address, also with NetworkManager',
  (booted) => {
    const made = generate(booted);
    expect(made('NetworkManager/conf.d/coreos-installer.conf')).toBe(
      '[connection-coreos-installer]\nipv4.dhcp-client-id=mac\nipv6.dhcp-duid=ll\n',
    );
    const all = made('systemd/network/99-coreos-installer.network');
    if (booted.includes('ip=')) expect(all).toBe(undefined);
    else expect(all).toContain('ClientIdentifier=mac');
  },
);

test('any other boot is as without the installer', () => {
  generate('quiet');
  expect(existsSync(join(directory, 'run'))).toBe(false);
});
