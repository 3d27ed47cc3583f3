import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readWishes } from '../../../../src/commands/install/run-todays.ts';
import type { Todays } from '../../../../src/commands/install/todays-options.ts';
import { parseCommandLine } from '../../../../src/commands/parse.ts';
import { type Resolved, resolveParameters } from '../../../../src/parameters/resolve.ts';
import { failure } from '../../../support/failure.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'run-todays-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const images = () => join(directory, 'osmet');

async function wishes(...words: string[]) {
  const request = parseCommandLine(['install', ...words], { version: '1' });
  if (!('asked' in request)) throw new Error('a help text');
  return await readWishes(request.asked as Todays, images());
}

/** What is installed, where it is from, and the notes on that. */
async function chosen(config: string, ...words: string[]) {
  const site = join(directory, 'site.yaml');
  writeFileSync(site, config);
  const options = await wishes('-c', site, '--insecure', 'sda', ...words);
  const { command, firstbootArgs } = options;
  const files = { directory: '/tmp' };
  const given = { options, command, firstbootArgs, files, kernel: [], fileExists: () => true };
  const { imageUrl, stream, notes } = resolveParameters(given);
  const from = ({ value, origin }: Resolved<string>) =>
    `${value} from ${origin.name.replace(`${directory}/`, '')} (${origin.kind})`;
  return {
    image: imageUrl && from(imageUrl),
    stream: stream && from(stream),
    notes: notes.filter((note) => note.includes('overrides')),
  };
}

describe('of an image and a stream', () => {
  test.each([
    ['image-url: http://h/i', ['--stream', 'next'], undefined, 'next from --stream (option)'],
    ['stream: next', ['-u', 'http://h/i'], 'http://h/i from --image-url (option)', undefined],
    ['stream: next', ['-f', '/i'], '/i from --image-file (option)', undefined],
    ['stream: next\nimage-url: http://h/i', [], 'http://h/i from site.yaml:2 (config)', undefined],
  ])('%j, %j: the one that is typed, else the image', async (config, words, image, stream) => {
    expect(await chosen(config, ...words)).toEqual({
      image,
      stream,
      notes: [expect.stringContaining('overrides')],
    });
  });
});

describe('where no image and no stream is named', () => {
  test('it is the stream stable', async () => {
    expect(await wishes('sda')).toMatchObject({ stream: 'stable' });
    mkdirSync(images());
    expect(await wishes('sda')).toMatchObject({ stream: 'stable' });
  });

  test('on a live system with an image of its own, nothing else is installed instead', async () => {
    mkdirSync(images());
    writeFileSync(join(images(), 'metal.osmet'), '');
    const refused = wishes('sda', '--insecure', '--stream-base-url', 'http://h/');
    await expect(refused).rejects.toThrow(failure('parameter-missing'));
    await expect(refused).rejects.toThrow(/--stream stable/);
    const site = join(directory, 'site.yaml');
    writeFileSync(site, 'image-url: http://h/i\n');
    for (const words of [
      ['--stream', 'next'],
      ['-u', 'http://h/i'],
      ['-f', '/i'],
      ['-c', site],
    ])
      await expect(wishes('sda', ...words)).resolves.toBeDefined();
  });
});
