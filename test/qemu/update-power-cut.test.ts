import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { buildMiniCoreos } from './mini-coreos/build.ts';
import type { Release } from './mini-coreos/tree.ts';
import { limits, waitForInstallation } from './support/chain.ts';
import { fetched, withShell } from './support/configs.ts';
import { parseStatus } from './support/deployments.ts';
import { emptyDisk } from './support/disk.ts';
import { Guest } from './support/guest.ts';
import { bootMachine, type MachineOptions } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { moreScenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';
import { until } from './support/until.ts';

const mib = 1024 * 1024;
const drip = { pieceBytes: 256 * 1024, everyMs: 100 };

/** After the beginning of what an update does at shutdown; with emulation it takes a few seconds. */
const cutsMs = [300, 1700];

moreScenarioTest(
  'a power cut within the update, in the download and at its end: both versions boot',
  async (scenario) => {
    let release: Release = '1';
    let slow = true;
    const { repository, commits } = await buildMiniCoreos();
    const isLarge = (url: string) =>
      url.endsWith('.filez') && statSync(join(repository, url.slice('/ostree'.length))).size > mib;
    await using server = await serve(
      { config: withShell, files: { 'fetched.txt': fetched }, release: () => release },
      { fault: (_, { url }) => (slow && url && isLarge(url) ? { drip } : {}) },
    );
    const disk = emptyDisk(scenario.file('disk.raw'));
    const iso = await isoWithArguments(scenario, automatic());
    const always: MachineOptions = {
      disks: [{ file: disk }],
      memoryMib: 1024,
      network: { serverPort: server.port },
    };
    {
      await using machine = bootMachine({ ...always, iso });
      await waitForInstallation(machine);
      const guest = await Guest.started(machine);
      release = '2';
      guest.start('ostree admin upgrade --stage');
      await until(
        () => server.requests.some(({ path, sentBytes }) => isLarge(path) && sentBytes > 2 * mib),
        limits.installMs,
      );
      await machine.kill();
    }
    slow = false;
    const old = { commit: commits['1'], booted: true, role: '' };
    const updated = { commit: commits['2'], booted: true, role: '' };
    for (const cutMs of cutsMs) {
      await using machine = bootMachine(always);
      const guest = await Guest.started(machine);
      const status = parseStatus(await guest.run('ostree admin status'));
      // Before the first of these cuts there is only the old one; the first may have come late.
      if (cutMs === cutsMs[0]) expect(status).toEqual([old]);
      if (status[0]?.commit === updated.commit) break;
      await guest.run('ostree admin upgrade --stage', limits.installMs);
      // systemd(1): shows what it starts and stops.
      await guest.run('kill -s RTMIN+20 1');
      guest.restart();
      // The name of the unit before it is shortened.
      await machine.console.waitFor(/Stopping .*Tree Finalize/, limits.bootMs);
      await sleep(cutMs);
      await machine.kill();
    }
    await using machine = bootMachine(always);
    const first = await Guest.started(machine);
    if (parseStatus(await first.run('ostree admin status')).length === 1) {
      await first.run('ostree admin upgrade', limits.installMs);
    } else {
      await first.run('/usr/libexec/mini-coreos/set-default 1', limits.installMs);
    }
    const before = parseStatus(await first.run('ostree admin status'));
    first.restart();
    const second = await Guest.started(machine);
    const after = parseStatus(await second.run('ostree admin status'));
    // The other one of the two.
    expect(after.find(({ booted }) => booted)?.commit).toBe(before[0]?.commit);
    expect(after.map(({ commit }) => commit).sort()).toEqual([old.commit, updated.commit].sort());
    await second.run('ostree fsck --repo=/ostree/repo', limits.installMs);
    expect(await second.run('systemctl --failed --plain --no-legend')).toBe('');
  },
);
