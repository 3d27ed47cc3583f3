import { describe, expect, it } from 'vitest';
import { canRunArm64, runArm64 } from '../support/arm64.ts';

describe.runIf(canRunArm64)('the arm64 program', () => {
  it('starts, and loads its xz decoder', async () => {
    const { stdout, stderr, exitCode } = await runArm64(['--version', '--verbose']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(/\nliblzma (\S+) \(Debian \1-\S+\)\ntarget linux-arm64$/m);
  });
});
