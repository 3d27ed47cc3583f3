import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSources } from '../../../../src/commands/install/read-sources.ts';
import { sameAgain } from '../../../../src/commands/install/run-outcome.ts';
import type { ParameterSources } from '../../../../src/parameters/resolve.ts';
import { failure } from '../../../support/failure.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'read-sources-'));
  for (const directory of ['proc', 'tmp', 'etc/coreos/installer.d'])
    mkdirSync(join(root, directory), { recursive: true });
  writeFileSync(join(root, 'proc/cmdline'), 'coreos.inst.notify_url=http://n/ coreos.inst.x=1');
});
afterEach(() => rmSync(root, { recursive: true }));

const options = { progress: 'auto', prompt: true, device: 'vda', imageUrl: 'http://h/i' } as const;

/** What is known at the end of a reading that fails with this code. */
async function knownAfter(code: Parameters<typeof failure>[0]): Promise<ParameterSources> {
  let known: ParameterSources | undefined;
  const reading = readSources(options, (sources) => (known = sources), root);
  await expect(reading).rejects.toThrow(failure(code));
  if (known === undefined) throw new Error('nothing is known');
  return known;
}

const commandOf = (sources: ParameterSources) => sameAgain({ sources });

test('after a file that is refused, options and kernel arguments are known', async () => {
  symlinkSync('elsewhere', join(root, 'tmp/selected_dev'));
  expect(commandOf(await knownAfter('parameter-file-untrusted'))).toBe(
    'coreos-installer -d vda -i IGNITION_URL -b http://h/i --notify-url http://n/',
  );
});

test('after a config file that is refused, files as well', async () => {
  writeFileSync(join(root, 'tmp/ignition_url'), 'skip\n');
  writeFileSync(join(root, 'tmp/ignored_args'), 'coreos.inst.x\n');
  writeFileSync(join(root, 'etc/coreos/installer.d/a.yaml'), 'image: x');
  const known = await knownAfter('installer-config-invalid');
  expect(commandOf(known)).toBe(
    'coreos-installer -d vda -i skip -b http://h/i --notify-url http://n/',
  );
  expect(known.kernel.map(({ name }) => name)).toEqual(['coreos.inst.notify_url']);
});

test('what is typed after install is all', async () => {
  const command = { origins: {}, words: ['vda'] };
  const sources = await readSources({ ...options, command }, () => undefined, root);
  expect(sources).toMatchObject({ command, kernel: [] });
  expect(sources.configured).toBeUndefined();
});
