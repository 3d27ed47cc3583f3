import { type Fixture, type FixtureOptions, fixture } from './fixture.ts';

const mib = 1024 * 1024;

/** In sectors, no even number. */
export const diskSizeBytes = 16 * mib + 5 * 512;

export const smallImage = {
  bootSizeBytes: 2 * mib,
  rootSizeBytes: 2 * mib,
  fillBytes: 200_000,
} as const;

/** The smallest image that has all partitions, on disks in memory: a run takes little time. */
export async function smallFixture(options: FixtureOptions = {}): Promise<Fixture> {
  process.env['TMPDIR'] = '/dev/shm';
  return await fixture({
    image: smallImage,
    compression: ['xz', '-T2', `--block-size=${mib}`, '-1'],
    diskSizeBytes,
    ...options,
  });
}
