import { expect, test } from 'vitest';
import { describeRereading, tellWaiting } from '../../../src/ui/waiting.ts';

const code = 'connection-refused';

test('a reason is told at once, and again only after a while or when it changes', () => {
  const lines: string[] = [];
  const report = tellWaiting((line) => lines.push(line));
  const name = 'http://192.0.2.100/metal.raw.xz';
  for (const sinceMs of [0, 250, 4000, 14_000, 16_000]) {
    report({ name, code, reason: 'the connection is refused', sinceMs, nextTryMs: 250 });
  }
  report({ name, code, reason: 'the server answers 503', sinceMs: 17_000, nextTryMs: 250 });
  expect(lines).toEqual([
    `Waiting for ${name}: the connection is refused.`,
    `Waiting for ${name}: the connection is refused (for 16 s).`,
    `Waiting for ${name}: the server answers 503 (for 17 s).`,
  ]);
});

test('the same trouble after progress is told again', () => {
  const lines: string[] = [];
  const report = tellWaiting((line) => lines.push(line));
  for (const sinceMs of [5000, 0]) {
    report({ name: 'x', code, reason: 'it is gone', sinceMs, nextTryMs: 250 });
  }
  expect(lines).toHaveLength(2);
});

test('what comes a second time is told with its size', () => {
  expect(describeRereading({ name: 'http://host/x', sizeBytes: 3_145_728 })).toBe(
    'http://host/x: the server cannot resume the download; the first 3.0 MiB are downloaded again and compared.',
  );
});
