import { FakeMachine, type MachineRecord } from './fake-machine.ts';
import type { FakeDescription } from './fault-plan.ts';
import type { Site } from './site.ts';

/** All of them at once, in this process, until nothing more happens. */
export async function runFakes(
  machines: readonly FakeDescription[],
  site: Site,
): Promise<MachineRecord[]> {
  const records = await Promise.all(machines.map((one) => new FakeMachine(one, site).live()));
  await Promise.all(site.onTheWay);
  return records;
}
