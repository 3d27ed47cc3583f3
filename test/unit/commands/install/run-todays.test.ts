import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readWishes } from '../../../../src/commands/install/run-todays.ts';
import type { Todays } from '../../../../src/commands/install/todays-options.ts';
import { parseCommandLine } from '../../../../src/commands/parse.ts';
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
