import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { inspectDevice } from '../../../../src/disk/look/inspect.ts';
import { probe } from '../../../../src/disk/look/probe.ts';
import { DeviceFile } from '../../../../src/disk/own/device-file.ts';
import { openLoopDevice } from '../../../../src/disk/partitions/loop-device.ts';
import { ioctl, lockNow } from '../../../../src/native/system.ts';
import { openDevicesOf } from '../../../../src/system/processes.ts';
import { loopDevice, loopsOn } from '../../../support/loop-device.ts';
import { targetOf } from '../../../support/loop-target.ts';

const MiB = 1024 * 1024;
const small = { sizeBytes: MiB, sectorSizeBytes: 512 };

// The kernel's own, but for what only an old one answers.
vi.mock(import('../../../../src/native/system.ts'), async (original) => {
  const system = await original();
  return { ...system, ioctl: vi.fn(system.ioctl), lockNow: vi.fn(system.lockNow) };
});

describe('a loop device', () => {
  it.each([false, true])(
    'shows a part of a claimed disk (in steps, as on old kernels: %s)',
    async (inSteps) => {
      await using device = await loopDevice({ sizeBytes: 8 * MiB, sectorSizeBytes: 4096 });
      execFileSync(
        'mkfs.ext4',
        ['-q', '-L', 'here', '-E', `offset=${3 * MiB}`, device.path, '4M'],
        {
          stdio: 'ignore',
        },
      );
      await using _claim = await DeviceFile.open(targetOf(device));
      const range = { offsetBytes: 3 * MiB, sizeBytes: 4 * MiB, sectorSizeBytes: 4096 };
      {
        await using loop = await openLoopDevice(device.path, { ...range, inSteps });
        expect(inspectDevice(loop.path).device).toMatchObject({
          sizeBytes: 4 * MiB,
          logicalSectorSizeBytes: 4096,
          readOnly: false,
        });
        expect((await probe(loop.path)).fileSystem?.label).toBe('here');
      }
      expect(loopsOn(device.path)).toEqual([]);
    },
  );

  it('is locked, so that udev leaves it alone', async () => {
    await using device = await loopDevice({ sizeBytes: 8 * MiB });
    vi.mocked(lockNow).mockClear();
    await using loop = await openLoopDevice(device.path, { ...small, offsetBytes: MiB });
    const locked = vi.mocked(lockNow).mock.calls.map(([fd]) => readlinkSync(`/proc/self/fd/${fd}`));
    expect(locked).toEqual([loop.path]);
  });

  it('vanishes when its process is killed', async () => {
    await using device = await loopDevice({ sizeBytes: 8 * MiB });
    const module = new URL('../../../../src/disk/partitions/loop-device.ts', import.meta.url);
    const range = { offsetBytes: MiB, sizeBytes: MiB, sectorSizeBytes: 512 };
    const child = spawn(process.execPath, [
      ...['--input-type=module', '-e'],
      `const { openLoopDevice } = await import('${module}');
       await openLoopDevice('${device.path}', ${JSON.stringify(range)});
       console.log('open'); setInterval(() => {}, 1000);`,
    ]);
    await once(child.stdout, 'data');
    expect(loopsOn(device.path)).toHaveLength(1);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(loopsOn(device.path)).toEqual([]);
  });

  it('is another one for each of many that want one at once', async () => {
    await using device = await loopDevice({ sizeBytes: 16 * MiB });
    const loops = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        openLoopDevice(device.path, { ...small, offsetBytes: index * MiB }),
      ),
    );
    expect(new Set(loops.map(({ path }) => path)).size).toBe(12);
    for (const loop of loops) await loop[Symbol.asyncDispose]();
    expect(loopsOn(device.path)).toEqual([]);
  });

  it('is open for reading alone, for a kernel that mounts nothing that others may write to', async () => {
    await using device = await loopDevice({ sizeBytes: 8 * MiB });
    await using loop = await openLoopDevice(device.path, { ...small, offsetBytes: MiB });
    const majMin = inspectDevice(loop.path).device?.majMin;
    const own = openDevicesOf(process.pid, '/proc').filter((open) => open.majMin === majMin);
    expect(own).toEqual([{ majMin, forWriting: false }]);
  });

  it('is told its place again while somebody reads from it, on old kernels', async () => {
    await using device = await loopDevice({ sizeBytes: 8 * MiB, sectorSizeBytes: 4096 });
    const real = vi.mocked(ioctl).getMockImplementation() as typeof ioctl;
    const busy = new Set(['LOOP_SET_STATUS64', 'LOOP_SET_BLOCK_SIZE']);
    vi.mocked(ioctl).mockImplementation((fd, name, ...rest) => {
      if (busy.delete(name)) throw Object.assign(new Error(name), { code: 'EAGAIN' });
      return real(fd, name, ...rest);
    });
    try {
      const range = { offsetBytes: MiB, sizeBytes: MiB, sectorSizeBytes: 4096 };
      await using loop = await openLoopDevice(device.path, { ...range, inSteps: true });
      expect(busy).toEqual(new Set());
      expect(inspectDevice(loop.path).device).toMatchObject({
        sizeBytes: MiB,
        logicalSectorSizeBytes: 4096,
      });
    } finally {
      vi.mocked(ioctl).mockImplementation(real);
    }
  });

  it('does not stay when a later step fails, on old kernels', async () => {
    await using device = await loopDevice({ sizeBytes: 8 * MiB });
    const beyond = { ...small, offsetBytes: 2 ** 63, inSteps: true };
    await expect(openLoopDevice(device.path, beyond)).rejects.toThrow('LOOP_SET_STATUS64');
    expect(loopsOn(device.path)).toEqual([]);
  });
});
