import { describe, expect, test } from 'vitest';
import { expectFailure } from '../../support/failure.ts';
import { fixture } from '../../support/fixture.ts';
import { runInstaller } from '../../support/installer.ts';

describe('--after-stdin', () => {
  test('tells the parameters, and goes on when standard input ends', async () => {
    await using it = await fixture();
    const args = [...it.args, '--dry-run'];
    const { promise: inputEnds, resolve: endInput } = Promise.withResolvers<void>();
    const order: string[] = [];
    const held = await runInstaller({
      args: [...args, '--after-stdin'],
      inputEnds,
      async onOutput(text) {
        if (text.includes('Target device:')) {
          order.push('told');
          // One that waits for nothing overtakes it.
          await runInstaller({ args });
          order.push('overtaken');
          endInput();
        }
        if (text.includes('dry run')) order.push('done');
      },
    });
    expect(held).toMatchObject({ exitCode: 0, complaints: '' });
    expect(order).toEqual(['told', 'overtaken', 'done']);
  });

  test('a parameter that is missing is told without waiting', async () => {
    const { promise: inputEnds, resolve: endInput } = Promise.withResolvers<void>();
    const result = await runInstaller({
      args: ['-d', 'vda', '--after-stdin'],
      inputEnds,
      onComplaint: () => endInput(),
    });
    expectFailure(result, 'parameter-missing');
  });

  test('a signal ends the wait', async () => {
    await using it = await fixture();
    const { promise: inputEnds, resolve: endInput } = Promise.withResolvers<void>();
    const { exitCode, stderr } = await runInstaller({
      args: [...it.args, '--after-stdin'],
      inputEnds,
      onOutput(text, pid) {
        if (text.includes('Target device:')) process.kill(pid, 'SIGTERM');
      },
      onComplaint: () => endInput(),
    });
    expect(exitCode).toBe(143);
    expect(stderr).toContain('Interrupted by SIGTERM.');
  });
});
