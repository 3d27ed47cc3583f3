import { answerMs, limits, openShell, shellOffered } from './chain.ts';
import { bootMachine } from './machine.ts';
import { isoWithArguments } from './medium.ts';
import { runScenario } from './scenario.ts';

/** Boots the medium on an otherwise idle machine, and reads how long the program took to its first line. */
export async function measureStart(): Promise<void> {
  await runScenario('the start of the medium, one machine alone', async (scenario) => {
    const iso = await isoWithArguments(scenario, []);
    await using machine = bootMachine({ disks: [], iso });
    const { console } = machine;
    await console.waitFor(shellOffered, limits.installMs);
    await openShell(machine);
    console.type('journalctl --no-pager -o short-monotonic -u coreos-installer\n');
    // The journal counts from the kernel's start.
    const [, startSeconds] = await console.waitFor(/^\[ *([\d.]+)\] .*Cannot install/, answerMs);
    scenario.sawStart(Number(startSeconds));
  });
}
