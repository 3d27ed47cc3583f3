import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { WriteError } from '../../../src/lib/errors.ts';
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
    for (const error of [signal.reason, new Error('premature close'), writeError()])
      expect(interruption.whatEnded(error)).toBe(signal.reason);
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
