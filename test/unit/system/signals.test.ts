import { constants } from 'node:os';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { InputError, InstallerError, WriteError } from '../../../src/lib/errors.ts';
import { CommandError } from '../../../src/system/run-command.ts';
import { abortOnSignals, Interrupted } from '../../../src/system/signals.ts';

const nobody = { goesOn: () => false, onGone: () => undefined };
const failure = {
  code: 'disk-io-error',
  failed: 'Cannot write',
  why: 'EIO',
  next: 'Again.',
} as const;
const writeError = () => new WriteError(failure);

describe('why a run ended', () => {
  test('is what failed, without a signal', () => {
    using interruption = abortOnSignals(nobody);
    const error = writeError();
    expect(interruption.whatEnded(error)).toBe(error);
    expect(interruption.whatEnded(new SuppressedError(new Error('umount'), error))).toBe(error);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('is %s, and what it brought about', (name) => {
    using interruption = abortOnSignals(nobody);
    process.emit(name);
    const { signal } = interruption;
    expect(signal.reason).toBeInstanceOf(Interrupted);
    expect(signal.reason.exitCode).toBe(128 + constants.signals[name]);
    for (const error of [
      signal.reason,
      new Error('premature close'),
      new InputError({ ...failure, code: 'connection-closed' }),
      new WriteError(failure, { cause: signal.reason }),
      new WriteError(failure, { cause: AbortSignal.abort().reason }),
    ])
      expect(interruption.whatEnded(error)).toBe(signal.reason);
  });

  test('is the signal, where it ended a tool as well', async () => {
    using interruption = abortOnSignals(nobody);
    const killed = await execa('bash', ['-c', 'kill -INT $$'], { reject: false });
    const failed = await execa('bash', ['-c', 'exit 1'], { reject: false });
    process.emit('SIGINT');
    const { reason } = interruption.signal;
    const error = (cause: unknown) => new CommandError('sgdisk', 'x', { cause });
    expect(interruption.whatEnded(error(killed))).toBe(reason);
    expect(interruption.whatEnded(error(failed))).toMatchObject({ cause: failed });
  });

  test('is a disk that failed after a signal that did not end the work', () => {
    using interruption = abortOnSignals(nobody);
    process.emit('SIGTERM');
    const eio = Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
    const error = new WriteError(failure, { cause: eio });
    expect(interruption.whatEnded(error)).toBe(error);
    expect(interruption.whatEnded(new SuppressedError(new Error('umount'), error))).toBe(error);
    // What could not be undone is added to it.
    const both = new InstallerError(failure, error.exitCode, { cause: error });
    expect(interruption.whatEnded(both)).toBe(both);
  });

  test('is what failed before a signal that came while it was cleaned up', () => {
    using interruption = abortOnSignals(nobody);
    const error = writeError();
    process.emit('SIGINT');
    expect(interruption.whatEnded(new SuppressedError(new Error('umount'), error))).toBe(error);
    const worded = new WriteError({ ...failure, why: 'x' }, { cause: error });
    expect(interruption.whatEnded(worded)).toBe(worded);
  });
});
