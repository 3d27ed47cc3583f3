import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLoopDevice } from '../../../src/disk/partitions/loop-device.ts';
import type { ParameterOptions } from '../../../src/parameters/parameters.ts';
import { type FixtureOptions, fixture } from '../../support/fixture.ts';
import { installHere } from '../../support/install-here.ts';
import { begin, leavingNothing, ownChildren, ownFiles } from '../../support/left-behind.ts';
import { loopDevice } from '../../support/loop-device.ts';
import { type Publisher, publisher } from '../../support/openpgp.ts';
import { keptOpen, startServer } from '../../support/servers.ts';

const mib = 1024 * 1024;

let people: Publisher;
let keyring: string;
beforeAll(async () => {
  people = await publisher();
  await people.makeKey('alice');
  await people.makeKey('mallory');
  const directory = await mkdtemp(join(tmpdir(), 'keyring-'));
  keyring = join(directory, 'keys');
  await writeFile(keyring, await people.keys(['alice']));
});
afterAll(async () => {
  await rm(dirname(keyring), { recursive: true });
  await people[Symbol.asyncDispose]();
});

interface Case {
  readonly signer?: 'alice' | 'mallory';
  /** The signature is over something else. */
  readonly bad?: boolean;
  readonly fixture?: FixtureOptions;
  readonly options?: ParameterOptions;
  readonly exitCode: number;
}

const cut: FixtureOptions['server'] = {
  fault: (_, { url }) => (url === '/image' ? { cutAfterBytes: 200_000 } : undefined),
};

const keeping: FixtureOptions['server'] = { fault: () => keptOpen };
const stalled: FixtureOptions['server'] = {
  fault: (_, { url }) => (url === '/image' ? { stallAfterBytes: 100_000 } : undefined),
};

// What is left open, running or lying about is looked for by `installHere`.
describe('an installation leaves nothing behind in its process', () => {
  test.each<[string, Case]>([
    ['signed', { signer: 'alice', exitCode: 0 }],
    ['signed, and compared', { signer: 'alice', options: { verify: true }, exitCode: 0 }],
    ['signed over something else', { signer: 'alice', bad: true, exitCode: 4 }],
    ['signed by a stranger', { signer: 'mallory', exitCode: 4 }],
    ['not signed', { exitCode: 0 }],
    [
      'signed, with a wrong digest',
      { signer: 'alice', options: { imageHash: `sha256:${'0'.repeat(64)}` }, exitCode: 4 },
    ],
    ['of an image that is cut off', { signer: 'alice', fixture: { server: cut }, exitCode: 4 }],
    [
      'of an image that cannot be configured',
      { signer: 'alice', fixture: { image: { bootLabel: 'other' } }, exitCode: 4 },
    ],
    [
      'of a config that is not there',
      { signer: 'alice', options: { ignitionUrl: 'nothing' }, exitCode: 4 },
    ],
    [
      'signed, of a server that keeps connections',
      { signer: 'alice', fixture: { server: keeping }, options: { verify: true }, exitCode: 0 },
    ],
    [
      'of another config, while the image is under way',
      {
        fixture: { server: stalled },
        options: { ignitionHash: `sha256:${'0'.repeat(64)}` },
        exitCode: 4,
      },
    ],
  ])('%s', async (_, { signer, bad, options = {}, exitCode, ...how }) => {
    await using plain = await fixture(how.fixture);
    const image = await readFile(plain.servedPath);
    const content = bad ? Buffer.from('something else') : image;
    const files = signer ? { '/image.sig': await people.sign(content, signer) } : {};
    await using it = await fixture({ ...how.fixture, files });
    const ignitionUrl = `${it.server.url}/${options.ignitionUrl ?? 'config.ign'}`;
    const given = { device: it.disk.path, imageUrl: it.imageUrl };
    const outcome = await installHere(
      { ...given, ...options, ignitionUrl, keyring },
      { retryForMs: 1000 },
    );
    expect(outcome, outcome.message).toMatchObject({ exitCode });
  });
});

describe('what is left behind is noticed:', () => {
  const look = () => [...ownFiles(), ...ownChildren()];
  const leaving = (run: () => Promise<unknown>) => leavingNothing(look, run, { patienceMs: 200 });

  test('an open file', async () => {
    const path = import.meta.filename;
    const left: AsyncDisposable[] = [];
    await expect(leaving(async () => left.push(await open(path)))).rejects.toThrow(
      `open file ${path}`,
    );
    // A second time of what was there before counts, too.
    await expect(leaving(async () => left.push(await open(path)))).rejects.toThrow(
      `open file ${path}`,
    );
    for (const file of left) await file[Symbol.asyncDispose]();
  });

  test('a connection to a server of the test', async () => {
    await using server = await startServer({ fault: () => keptOpen });
    const left: Socket[] = [];
    const dial = async () => {
      const socket = connect(server.port, '127.0.0.1');
      left.push(socket);
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      // Then the server knows of it.
      await once(socket, 'data');
    };
    const words = `a connection to the server at port ${server.port}`;
    await expect(leaving(dial)).rejects.toThrow(words);
    await expect(leaving(dial)).rejects.toThrow(words);
    await leaving(async () => left.at(-1)?.destroy());
    left[0]?.destroy();
  });

  test('a process', async () => {
    const left: ReturnType<typeof spawn>[] = [];
    const run = leaving(async () =>
      left.push(spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] })),
    );
    await expect(run).rejects.toThrow(/process \d+ \(cat\)/);
    for (const child of left) {
      child.stdin?.end();
      await once(child, 'close');
    }
  });

  test('a claim and a loop device on a disk of the test', async () => {
    await using disk = await loopDevice({ sizeBytes: mib });
    const left: AsyncDisposable[] = [];
    const place = { offsetBytes: 0, sizeBytes: mib, sectorSizeBytes: 512 };
    await expect(
      leaving(async () => left.push(await openLoopDevice(disk.path, place))),
    ).rejects.toThrow(/loop\d+, which is on \/dev\/loop/);
    for (const loop of left) await loop[Symbol.asyncDispose]();
    await expect(
      leavingNothing(
        () => [],
        async () => left.push(await open(disk.path, constants.O_RDONLY | constants.O_EXCL)),
        { patienceMs: 200 },
      ),
    ).rejects.toThrow(`a claim on ${disk.path}`);
    await left.at(-1)?.[Symbol.asyncDispose]();
  });

  test('a claim on its own disk, while others have theirs', async () => {
    await using disk = await loopDevice({ sizeBytes: mib });
    await using others = await loopDevice({ sizeBytes: mib });
    using _ = begin(['-d', others.path]);
    const left: AsyncDisposable[] = [];
    const claiming = (path: string) =>
      leavingNothing(
        () => [],
        async () => left.push(await open(path, constants.O_RDONLY | constants.O_EXCL)),
        { commandLine: ['-d', disk.path.slice('/dev/'.length)], patienceMs: 200 },
      );
    await expect(claiming(disk.path)).rejects.toThrow(`a claim on ${disk.path}`);
    await expect(claiming(others.path)).resolves.toBe(2);
    for (const claim of left) await claim[Symbol.asyncDispose]();
  });

  test('nothing, where it was there before', async () => {
    await using _file = await open(import.meta.filename);
    await expect(leaving(async () => 'done')).resolves.toBe('done');
  });
});
