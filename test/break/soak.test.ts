import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { installHere } from '../support/install-here.ts';
import { unexpectedDifferences } from '../support/installed-disk.ts';
import { smallFixture } from '../support/small-fixture.ts';
import { openStage } from '../support/stage.ts';
import { rounds } from './rounds.ts';

const mib = 1024 * 1024;
/** What caches may still grow by, once everything has been used a few times. */
const warmUpRounds = 3;
const mostGrowthBytes = 96 * mib;

test('installations in a row leave nothing behind on the system', async () => {
  await using it = await smallFixture();
  await using stage = await openStage();
  const known = await afterOne();
  await rounds('soak', 3, async () => {
    expect(await afterOne()).toEqual(known);
    return 'the system is as before';
  });

  async function afterOne() {
    const { exitCode, stderr } = await stage.run(it.args);
    expect(exitCode, stderr).toBe(0);
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
    await stage.empty();
    const { files, mounts } = await stage.traces();
    const partitions = readFileSync('/proc/partitions', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`${it.disk.path.slice(5)}p`)).length;
    const loops = (await execa('losetup', ['--list', '--noheadings', it.disk.path])).stdout;
    return { files, mounts, partitions, loops };
  }
});

test('installations in a row in one process leave no descriptor open, and no memory taken', async () => {
  await using it = await smallFixture();
  const options = { device: it.disk.path, imageUrl: it.imageUrl, ignitionUrl: it.ignitionUrl };
  let done = 0;
  let descriptors = 0;
  let residentBytes = 0;
  await rounds('soak', 6, async () => {
    expect(await installHere(options, {})).toMatchObject({ exitCode: 0 });
    done += 1;
    const open = openFiles().filter((path) => !path.startsWith('socket:'));
    if (done <= warmUpRounds) {
      descriptors = open.length;
      residentBytes = process.memoryUsage().rss;
      return 'warming up';
    }
    expect(open.length, open.join(' ')).toBeLessThanOrEqual(descriptors);
    expect(process.memoryUsage().rss - residentBytes).toBeLessThan(mostGrowthBytes);
    return 'as before';
  });
});

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      // The one that was open for reading the directory.
      return [];
    }
  });
}
