import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeLiveInitrd, makeLiveIso } from '../support/live-iso.ts';
import { program } from './program.ts';

/** Prints the most memory that a program had, in KiB. */
const measure =
  'import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); ' +
  'print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'medium-memory-'));
  // The largest config that is read, which is packed in a moment.
  const source = `data:,${'x'.repeat(15 * 1024 * 1024)}`;
  const files = [{ path: '/x', contents: { source } }];
  const config = { ignition: { version: '3.3.0' }, storage: { files } };
  writeFileSync(join(directory, 'large.ign'), JSON.stringify(config));
  const iso = makeLiveIso(directory);
  copyFileSync(iso, join(directory, 'fcos.iso'));
  const features = readFileSync(
    join(import.meta.dirname, '../../dracut/30coreos-installer/features.json'),
    'utf8',
  );
  const own = makeLiveInitrd(join(directory, 'own'), { 'etc/coreos/features.json': features });
  writeFileSync(join(directory, 'own.img'), own);
});
afterAll(() => rmSync(directory, { recursive: true }));

test.each([
  ['pxe ignition wrap -i large.ign -o wrapped.img'],
  ['pxe customize own.img -o customized.img --dest-device /dev/vda --dest-ignition large.ign'],
  ['iso ignition embed -i large.ign fcos.iso'],
])('%s takes less than 150 MB of memory', async (command) => {
  const { stdout } = await execa('python3', ['-c', measure, program, ...command.split(' ')], {
    cwd: directory,
  });
  expect(Number(stdout) * 1024).toBeLessThan(150e6);
});
