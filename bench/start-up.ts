import { execFileSync } from 'node:child_process';
import { hostNode } from '../scripts/lib/node-base.ts';
import { installerCommand } from '../test/support/installer.ts';

/** Wall times of `--version`, and of the same Node as in the binary with an empty script, alternating. */
export async function startUp(rounds: number): Promise<Record<string, number[]>> {
  const commands = {
    'coreos-installer --version': installerCommand(['--version']),
    'node -e 0': [hostNode, '-e', '0'],
  };
  const times: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, [program, ...args]] of Object.entries(commands)) {
      const startMs = performance.now();
      execFileSync(program as string, args, { stdio: 'ignore' });
      times[name] = [...(times[name] ?? []), performance.now() - startMs];
    }
  }
  return times;
}
