import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ContainerRoot,
  type ContainerRuntime,
  containerRoot,
  podman,
  withoutPodman,
} from '../../support/container.ts';
import { type Fixture, fixture, ignitionConfig } from '../../support/fixture.ts';
import {
  bootFileSystem,
  hasAnyTable,
  unexpectedDifferences,
} from '../../support/installed-disk.ts';
import { blockWith, readPage } from '../../support/pages.ts';
import { slowFixture } from '../../support/slow-fixture.ts';

let root: ContainerRoot;
let directory: string;
let runtimes: readonly ContainerRuntime[];

beforeAll(async () => {
  root = await containerRoot();
  directory = await mkdtemp('/var/tmp/coreos-installer-podman-');
  const real = await podman(root, directory);
  // Where podman cannot run, such as within a container, what it would do is done without it.
  runtimes = real === undefined ? [withoutPodman] : [withoutPodman, real];
  console.log(`In containers made by: ${runtimes.map(({ name }) => name).join('; ')}`);
});
afterAll(async () => {
  await root[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** The command of docs/live.md, for the disk, the image and the config of a fixture. */
function documented(it: Fixture): string[] {
  const block = blockWith(readPage('live.md'), 'sh', 'podman run');
  return block
    .replaceAll('\\\n', ' ')
    .replace('/srv/installer', root.path)
    .replace('-d vda', `-d ${it.disk.path.slice('/dev/'.length)}`)
    .replace(/-i \S+/, `-i ${it.ignitionUrl}`)
    .replace(/-b \S+/, `-b ${it.imageUrl}`)
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Nothing of the disk is mounted or attached, no file is left, and whoever wants it can have it. */
async function expectCleanedUp(it: Fixture): Promise<void> {
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(it.disk.path);
  const backing = (await readdir('/sys/block'))
    .filter((name) => name.startsWith('loop'))
    .map((name) => readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => ''));
  expect((await Promise.all(backing)).map((file) => file.trim())).not.toContain(it.disk.path);
  const own = ['/run/coreos-installer'];
  const leftovers = (await root.leftovers()).filter((path) => path.includes('coreos-installer'));
  expect(leftovers.filter((path) => !own.includes(path))).toEqual([]);
  expect(await readdir(join(root.path, own[0] ?? '')).catch(() => [])).toEqual([]);
}

/** Ends it with a signal when it says that something has left for the disk, and most is still to come. */
async function endWhileItWrites(
  runtime: ContainerRuntime,
  it: Fixture,
  signal: 'SIGTERM' | 'SIGKILL',
) {
  const wrote = /"onDeviceBytes":[1-9]/;
  let seen = '';
  const sent = Promise.withResolvers<void>();
  const container = runtime.start([...documented(it), '--progress', 'json'], (output) => {
    const before = seen;
    seen += output;
    if (!wrote.test(before) && wrote.test(seen))
      container.signal(signal).then(sent.resolve, sent.reject);
  });
  const result = await container.ended;
  if (!wrote.test(seen)) throw new Error(`it never wrote: ${result.stderr}`);
  await sent.promise;
  return result;
}

describe('in a container, without udev', () => {
  test('the documented command plans, installs and leaves nothing behind', async () => {
    for (const runtime of runtimes) {
      await using it = await fixture();
      const planned = await runtime.start([...documented(it), '--dry-run']).ended;
      expect(planned.exitCode, `${runtime.name}: ${planned.stderr}`).toBe(0);
      expect(planned.stdout).toContain(it.disk.path);
      expect(await hasAnyTable(it.disk.path)).toBe(false);
      await expectCleanedUp(it);

      const installed = await runtime.start(documented(it)).ended;
      expect(installed.exitCode, `${runtime.name}: ${installed.stderr}`).toBe(0);
      expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
      const boot = await bootFileSystem(it.disk.path);
      expect(await boot.clean()).toBe(true);
      expect((await boot.read('ignition/config.ign')).toString()).toBe(ignitionConfig);
      await expectCleanedUp(it);
    }
  });

  test('podman stop ends it as SIGTERM does, though it is process 1', async () => {
    for (const runtime of runtimes) {
      await using it = await slowFixture();
      const { exitCode, stderr } = await endWhileItWrites(runtime, it, 'SIGTERM');
      expect(exitCode, runtime.name).toBe(143);
      expect(stderr).toContain('has no partition table and will not boot');
      expect(await hasAnyTable(it.disk.path)).toBe(false);
      await expectCleanedUp(it);
    }
  });

  test('killed while it writes, does not boot; the next one cleans up and installs', async () => {
    for (const runtime of runtimes) {
      await using it = await slowFixture();
      const { exitCode } = await endWhileItWrites(runtime, it, 'SIGKILL');
      expect(exitCode, runtime.name).not.toBe(0);
      expect(await hasAnyTable(it.disk.path)).toBe(false);
      it.hurry();
      const again = await runtime.start(documented(it)).ended;
      expect(again.exitCode, `${runtime.name}: ${again.stderr}`).toBe(0);
      expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
      await expectCleanedUp(it);
    }
  });

  test('a container that is not privileged is told what it lacks, before anything is written', async ({
    skip,
  }) => {
    const real = runtimes.find(({ name }) => name === 'podman');
    if (real === undefined) return skip('there is no podman that works');
    await using it = await fixture();
    const options = ['--privileged', '-v', '/dev:/dev'];
    const words = documented(it).filter((word) => !options.includes(word));
    for (const runtime of runtimes.filter(({ name }) => name === 'podman')) {
      const { exitCode, stderr } = await runtime.start(words).ended;
      expect(exitCode).toBe(5);
      expect(stderr).toContain(
        'In a container, share the machine’s /dev: --privileged -v /dev:/dev.',
      );
      expect(stderr).toContain('Nothing was written to any disk. [loop-devices-missing]');
    }
  });
});
