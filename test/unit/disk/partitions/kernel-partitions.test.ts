import { open } from 'node:fs/promises';
import { devNull } from 'node:os';
import { expect, it, vi } from 'vitest';
import type { Target } from '../../../../src/disk/look/target.ts';
import { rereadPartitions, settle } from '../../../../src/disk/partitions/kernel-partitions.ts';
import { CommandError, run } from '../../../../src/system/run-command.ts';
import { afterMocks } from '../../../support/own-modules.ts';

vi.hoisted(() => vi.resetModules());
afterMocks(() => vi.doUnmock(import('../../../../src/system/run-command.ts')));
// Where udev runs, its tool fails only when something is wrong with the machine.
vi.mock(import('../../../../src/system/run-command.ts'), async (original) => ({
  ...(await original()),
  run: vi.fn(),
}));
vi.mock(import('../../../../src/system/tools.ts'), async (original) => ({
  ...(await original()),
  findTool: () => '/usr/bin/udevadm',
}));

it('goes on when udev cannot be waited for: the disk is complete by then', async () => {
  vi.mocked(run).mockRejectedValue(new CommandError('udevadm', 'exit code 2'));
  await settle(import.meta.filename);
  expect(run).toHaveBeenCalledWith('udevadm', ['settle', '--timeout=20']);
});

it('waits until udev is done', async () => {
  const done = Promise.withResolvers<never>();
  vi.mocked(run).mockReturnValue(done.promise);
  let isSettled = false;
  const settling = settle(import.meta.filename).then(() => {
    isSettled = true;
  });
  await new Promise(setImmediate);
  expect(isSettled).toBe(false);
  done.reject(new CommandError('udevadm', 'exit code 1'));
  await settling;
});

it('waits for nothing where udev does not run', async () => {
  vi.mocked(run).mockClear();
  await settle(`${import.meta.filename}/no`);
  expect(run).not.toHaveBeenCalled();
});

it('does not ask the kernel for partitions of device-mapper, which takes none', async () => {
  await using file = await open(devNull);
  const reread = (takesPartitions: boolean) => () =>
    rereadPartitions({ takesPartitions } as Target, file, { partitions: [] });
  expect(reread(true)).toThrow('ENOTTY');
  expect(reread(false)).not.toThrow();
});
