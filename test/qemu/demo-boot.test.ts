import { join } from 'node:path';
import { expect } from 'vitest';
import { limits } from './support/chain.ts';
import { Guest } from './support/guest.ts';
import { startMachine } from './support/machine-process.ts';
import { moreScenarioTest } from './support/scenario-test.ts';

moreScenarioTest(
  'make demo-boot: a terminal that becomes the installed machine',
  async (scenario) => {
    const program = [process.execPath, join(import.meta.dirname, 'demo-boot.ts')];
    await using machine = startMachine(program, scenario.nextLog(), limits.installMs);
    await machine.console.waitFor(/^Ctrl-A X ends the machine\.$/, limits.installMs);
    const guest = await Guest.started(machine);
    expect(await guest.run('ostree admin status')).toContain('Version: 1');
    guest.start('\x01x');
    expect(await machine.exited).toBe(0);
  },
);
