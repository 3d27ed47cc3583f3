import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readProgress } from '../../../src/ui/read-progress.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function screen(isTTY: boolean) {
  const texts: string[] = [];
  const write = (text: string) => texts.push(text) > 0;
  return { texts, stream: { write, isTTY } as unknown as NodeJS.WriteStream };
}

const gib = 1024 ** 3;

test('a line a second, as tools read it', () => {
  const { texts, stream } = screen(false);
  using progress = readProgress(false, stream);
  progress.update({ receivedBytes: 0, sizeBytes: 2 * gib });
  vi.advanceTimersByTime(999);
  expect(texts).toEqual([]);
  progress.update({ receivedBytes: gib / 2, sizeBytes: 2 * gib });
  vi.advanceTimersByTime(1001);
  progress.update({ receivedBytes: 2 * gib, sizeBytes: 2 * gib });
  progress.end();
  expect(texts).toEqual([
    'Read disk 512 MiB/2.0 GiB (25%)\n',
    'Read disk 2.0 GiB/2.0 GiB (100%)\n',
  ]);
  expect(texts.every((text) => /(.*?)\((.*?%)\)\s*/.test(text))).toBe(true);
});

test('a terminal has one line, which ends', () => {
  const { texts, stream } = screen(true);
  const progress = readProgress(false, stream);
  progress.update({ receivedBytes: 1, sizeBytes: undefined });
  vi.advanceTimersByTime(1000);
  progress.update({ receivedBytes: 0, sizeBytes: 0 });
  progress.end();
  progress[Symbol.dispose]();
  expect(texts).toEqual([
    '\r\x1b[KRead disk 1 bytes',
    '\r\x1b[KRead disk 0 bytes/0 bytes (100%)',
    '\n',
  ]);
});

test('nothing where nobody wants it, or nothing has come', () => {
  const { texts, stream } = screen(false);
  const quiet = readProgress(true, stream);
  quiet.update({ receivedBytes: 1, sizeBytes: 2 });
  const empty = readProgress(false, stream);
  vi.advanceTimersByTime(5000);
  for (const one of [quiet, empty]) {
    one.end();
    one[Symbol.dispose]();
  }
  vi.advanceTimersByTime(5000);
  expect(texts).toEqual([]);
});
