import { statSync } from 'node:fs';
import { expect } from 'vitest';
import { buildMiniCoreos } from './mini-coreos/build.ts';
import { limits, waitForInstallation } from './support/chain.ts';
import { everything } from './support/configs.ts';
import { emptyDisk, readPartitions } from './support/disk.ts';
import { bootMachine } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import { moreScenarioTest } from './support/scenario-test.ts';
import { automatic, serve } from './support/server.ts';
import { until } from './support/until.ts';

const drip = { pieceBytes: 512 * 1024, everyMs: 60 };

moreScenarioTest('a power cut while it writes leaves nothing that boots', async (scenario) => {
  let slow = true;
  await using server = await serve(
    { config: everything },
    // Slow enough for three cuts at three places.
    { fault: (_, { url }) => (slow && url?.endsWith('.xz') ? { drip } : {}) },
  );
  const network = { serverPort: server.port };
  const disk = emptyDisk(scenario.file('disk.raw'));
  const iso = await isoWithArguments(scenario, automatic());
  const imageBytes = statSync((await buildMiniCoreos()).rawXz).size;
  const imageRequests = () => server.requests.filter(({ path }) => path.endsWith('.xz'));

  for (const percent of [5, 50, 95]) {
    await using machine = bootMachine({ disks: [{ file: disk }], iso, network });
    const before = imageRequests().length;
    const cutAtBytes = (percent / 100) * imageBytes;
    await until(() => {
      const sent = imageRequests()
        .slice(before)
        .map(({ sentBytes }) => sentBytes);
      return Math.max(0, ...sent) >= cutAtBytes;
    }, limits.installMs);
    await machine.kill();
    expect(readPartitions(disk).size, `after the cut at ${percent} %`).toBe(0);
  }
  {
    await using machine = bootMachine({ disks: [{ file: disk }], biosOnConsole: true });
    await machine.console.waitFor(/No bootable device/, 600_000);
  }
  slow = false;
  await using machine = bootMachine({ disks: [{ file: disk }], iso, network });
  await waitForInstallation(machine);
  expect(readPartitions(disk).size).toBe(4);
});
