import { expect, test } from 'vitest';
import { exitCodes, firstFailure, InputError, InstallerError } from '../../../src/lib/errors.ts';

test('an error is one line: what failed, why, what to do next', () => {
  const error = new InputError({
    code: 'image-not-found',
    failed: 'Cannot install http://192.0.2.100/x',
    why: 'the server answers 404',
    next: 'Check the URL.',
  });
  expect(error.message).toBe(
    'Cannot install http://192.0.2.100/x: the server answers 404. Check the URL.',
  );
  expect(error.exitCode).toBe(exitCodes.input);
  expect(error).toBeInstanceOf(InstallerError);
});

test('of a failure and the failed clean-ups after it, the first counts', async () => {
  const work = async () => {
    await using stack = new AsyncDisposableStack();
    stack.defer(() => Promise.reject(new Error('does not unmount')));
    stack.defer(() => Promise.reject(new Error('does not close')));
    throw new Error('disk full');
  };
  const caught = await work().catch((error: unknown) => error);
  expect(firstFailure(caught)).toEqual(new Error('disk full'));
});
