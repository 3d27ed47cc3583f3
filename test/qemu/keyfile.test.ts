import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import { expect } from 'vitest';
import { reservePort } from '../support/ports.ts';
import { waitForInstallation } from './support/chain.ts';
import { fetched, withShell } from './support/configs.ts';
import { emptyDisk } from './support/disk.ts';
import { Guest } from './support/guest.ts';
import { keyfileAddress as address, keyfile } from './support/keyfile.ts';
import { bootMachine } from './support/machine.ts';
import { dist, installerIso } from './support/medium.ts';
import type { Scenario } from './support/scenario.ts';
import { moreScenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';

const installedKeyfile = '/etc/NetworkManager/system-connections/office.nmconnection';

/** The config, with a service that says to whoever connects which boot this is. */
const config = {
  ...withShell,
  systemd: {
    units: [
      ...withShell.systemd.units,
      {
        name: 'which-boot.socket',
        enabled: true,
        contents: `[Socket]
ListenStream=80
Accept=yes
[Install]
WantedBy=multi-user.target
`,
      },
      {
        name: 'which-boot@.service',
        contents: `[Service]
ExecStart=/bin/cat /proc/sys/kernel/random/boot_id
StandardInput=socket
StandardOutput=socket
`,
      },
    ],
  },
};

moreScenarioTest(
  'a keyfile on the medium: NetworkManager applies it on the first boot and later',
  async (scenario) => {
    await using server = await serve({
      config,
      files: { 'fetched.txt': fetched },
      image: 'withNetworkManager',
    });
    const webPort = await reservePort();
    await using machine = bootMachine({
      disks: [{ file: emptyDisk(scenario.file('disk.raw')) }],
      iso: await isoWithKeyfile(scenario),
      memoryMib: 1024,
      network: { serverPort: server.port, webPort, webAddress: address },
    });
    await waitForInstallation(machine);
    expect(machine.console.text).toMatch(/^Network: +1 keyfile of /m);

    const first = await Guest.started(machine);
    expect(await first.run('cat /proc/cmdline')).not.toMatch(/ (ip|rd\.neednet)=/);
    // Ignition has fetched a file by it.
    expect(await first.run('cat /opt/fetched')).toBe(fetched.trim());
    const early = await first.run('cat /run/mini-coreos/addresses-of-initramfs');
    const found = [...early.matchAll(/ eth0 +inet (\S+) /g)].map(([, one]) => one);
    expect(found).toEqual([`${address}/24`]);
    await expectKeyfileApplied(first, webPort);
    first.restart();

    const second = await Guest.started(machine);
    expect(await second.try('test -e /run/mini-coreos/ignition')).toMatchObject({ exitCode: 1 });
    await expectKeyfileApplied(second, webPort);
  },
);

async function expectKeyfileApplied(guest: Guest, webPort: number): Promise<void> {
  expect(await guest.run('systemctl --failed --plain --no-legend')).toBe('');
  expect(await guest.run('nmcli -g DEVICE,NAME connection show --active')).toMatch(
    /^eth0:office$/m,
  );
  expect(await guest.run('nmcli -g IP4.ADDRESS device show eth0')).toBe(`${address}/24`);
  expect(await guest.try('systemctl is-active systemd-networkd')).toMatchObject({ exitCode: 3 });
  expect(await guest.run(`stat -c '%a %u %g' ${installedKeyfile}`)).toBe('600 0 0');
  expect(await guest.run(`cat ${installedKeyfile}`)).toBe(keyfile.trim());
  const bootId = await guest.run('cat /proc/sys/kernel/random/boot_id');
  expect(await text(connect(webPort, '127.0.0.1'))).toBe(`${bootId}\n`);
}

/** It installs without input. */
async function isoWithKeyfile(scenario: Scenario): Promise<string> {
  const file = scenario.file('office.nmconnection');
  writeFileSync(file, keyfile, { mode: 0o600 });
  const iso = scenario.file('customized.iso');
  await execa(join(dist, 'coreos-installer'), [
    ...['iso', 'customize', installerIso, '--output', iso, '--network-keyfile', file],
    ...automatic().flatMap((word) => ['--live-karg-append', word]),
  ]);
  return iso;
}
