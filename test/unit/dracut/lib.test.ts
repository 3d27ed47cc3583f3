import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const lib = join(import.meta.dirname, '../../../dracut/30coreos-installer/lib.sh');

// In the machine `cat` reads /proc/cmdline and what dracut reads besides.
const script = `
. '${lib}'
cat() { printf '%s\\n' "$ARGUMENTS"; }
installer_wanted && wanted=yes
printf '%s|%s|%s' "\${wanted:-no}" "$target" "$addressed"
`;

function readBy(shell: string, text: string): string {
  return execFileSync(shell, ['-euc', script], {
    env: { ...process.env, ARGUMENTS: text },
  }).toString();
}

const device = 'coreos.inst.install_dev=/dev/vda';

test.each([
  ['quiet console=ttyS0', 'no||'],
  ['quiet coreos.inst=yes', 'yes||'],
  ['coreos.inst', 'yes||'],
  ['coreos.inst=1 ip=eth0:dhcp', 'yes||yes'],
  ['coreos.inst=1 ip=dhcp', 'yes||'],
  ['coreos.inst=1 ip=192.0.2.5::192.0.2.1:24::eth0:none ip=dhcp', 'yes||'],
  ['coreos.inst=0', 'no||'],
  [`coreos.inst=yes coreos.inst=no ${device}`, 'no|/dev/vda|'],
  [`coreos.inst=off\ncoreos.inst=on ${device}`, 'yes|/dev/vda|'],
  [device, 'yes|/dev/vda|'],
  ['coreos.coreos.inst.install_dev=sda', 'yes|sda|'],
  [`${device} coreos.inst.install_dev=vdb`, 'yes|vdb|'],
  // Not understood, or not enough: the installer says so.
  ['coreos.inst.install_dev=', 'yes||'],
  ['coreos.inst.install-dev=sda', 'yes||'],
  ['coreos.inst.image_url=http://h/i', 'yes||'],
  ['coreos.coreos.inst.image_url=http://h/i', 'yes||'],
  ['Coreos-Inst.install_dev=sda', 'yes||'],
  ['coreos.installer.install_dev=sda', 'yes||'],
  ['coreos.inst=no coreos.inst.install-dev=sda', 'no||'],
  ['coreos.inst. coreos.install=sda coreos.live.rootfs_url=http://h/inst', 'no||'],
  ['xcoreos.inst=yes no.coreos.inst.install_dev=x', 'no||'],
  // No pattern of file names: neither the URL nor the device.
  ['coreos.inst.install_dev=/etc/pass* coreos.inst.image_url=http://h/*?a=b', 'yes|/etc/pass*|'],
])('%s: whether to install, where, and whether the network is given', (text, answer) => {
  for (const shell of ['dash', 'bash']) expect(readBy(shell, text), shell).toBe(answer);
});

test('the arguments are read where dracut reads them, in its order', () => {
  const order = `
. '${lib}'
cat() { for file; do printf '%s ' "coreos.inst.install_dev=$file" "$file"; done; }
set -f
read_kernel_arguments
echo "$target"
unquoted() { command cat >&2; }
read_kernel_arguments
`;
  for (const shell of ['dash', 'bash']) {
    // With a socket as its input, bash takes itself for a remote shell, and reads /etc/bash.bashrc.
    const { stdout, stderr } = spawnSync(shell, ['-euc', order], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(stdout).toBe('/run/initramfs/cmdline.d/*.conf\n');
    expect(stderr.split(' ').filter((word) => word.startsWith('/'))).toEqual([
      ...['/etc/cmdline.d/*.conf', '/etc/cmdline', '/proc/cmdline'],
      '/run/initramfs/cmdline.d/*.conf',
    ]);
  }
});
