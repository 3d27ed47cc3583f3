import { expect, test } from 'vitest';
import type { DeviceFile } from '../../../../src/disk/own/device-file.ts';
import { Flushing } from '../../../../src/disk/write/flushing.ts';

const mib = 1024 * 1024;

/** With a device that takes everything; `asked` is what it was asked for. */
function flushingOf(direct: boolean) {
  const asked: string[] = [];
  const sync = async () => void asked.push('flush');
  const flushing = new Flushing({ direct, sync } as unknown as DeviceFile, {
    afterwards: async () => void asked.push('afterwards'),
    onFailure: (error) => {
      throw error;
    },
  });
  return { asked, flushing };
}

test('past the page cache it flushes in the background, each time that 256 MiB wait', async () => {
  const { asked, flushing } = flushingOf(true);
  const once = ['flush', 'afterwards'];
  for (const expected of [once, [...once, ...once]]) {
    const before = asked.length;
    await flushing.count(256 * mib - 1);
    await flushing.settled();
    expect(asked).toHaveLength(before);
    await flushing.count(1);
    await flushing.settled();
    expect(asked).toEqual(expected);
  }
  expect(flushing.onDeviceBytes).toBe(512 * mib);
});

test('through the page cache it waits for a flush at every 64 MiB, which then are on the device', async () => {
  const { asked, flushing } = flushingOf(false);
  for (const round of [1, 2]) {
    await flushing.count(64 * mib - 1);
    expect([asked.length, flushing.onDeviceBytes]).toEqual([round - 1, 64 * mib * (round - 1)]);
    await flushing.count(1);
    expect([asked.length, flushing.onDeviceBytes]).toEqual([round, 64 * mib * round]);
  }
});
