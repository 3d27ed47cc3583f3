import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DiskStatus } from '../../../../src/install/disk-state.ts';
import { statusLines } from '../../../../src/ui/display/status-lines.ts';
import { failure } from '../../../support/failure.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'coreos-installer-status-'));
  path = join(directory, 'status');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a line for each step, each wait and the end, and nothing that comes from elsewhere', () => {
  const file = openSync(path, 'w');
  const display = statusLines(file);
  const wait = { name: 'http://h/failed x\n', reason: 'it is\ninstalled', nextTryMs: 250 };
  const waiting = (sinceMs: number) =>
    display.show({ event: 'waiting', waiting: { ...wait, code: 'connection-refused', sinceMs } });
  display.show({ event: 'note', text: 'installed' });
  display.show({ event: 'step-begins', step: 'plan' });
  for (const sinceMs of [0, 250, 4000, 14_999, 15_900, 16_000]) waiting(sinceMs);
  display.show({
    event: 'failed',
    failure: {
      code: 'connection-refused',
      reason: 'x',
      exitCode: 4,
      disk: new DiskStatus(),
      command: 'y',
    },
    cause: undefined,
  });
  closeSync(file);
  expect(readFileSync(path, 'utf8')).toBe(
    'step plan\nwaiting connection-refused 0\nwaiting connection-refused 15\nfailed connection-refused 4 untouched\n',
  );
});

test('what others have written to the same file stays', () => {
  const file = openSync(path, 'w');
  statusLines(file).show({ event: 'step-begins', step: 'plan' });
  statusLines(file).show({ event: 'step-begins', step: 'write' });
  closeSync(file);
  expect(readFileSync(path, 'utf8')).toBe('step plan\nstep write\n');
});

test('a descriptor that is closed, no file, or only for reading is refused', () => {
  const closed = openSync('/dev/null', 'r');
  closeSync(closed);
  const listing = openSync('/proc/self/fd', 'r');
  const readOnly = openSync(import.meta.filename, 'r');
  for (const descriptor of [closed, listing, readOnly, 9999])
    expect(() => statusLines(descriptor)).toThrow(failure('status-fd-unusable'));
  closeSync(listing);
  closeSync(readOnly);
});

test('so is a pipe of our own: what is written there would be read by Node', () => {
  const program = import.meta.resolve('../../../../src/ui/display/status-lines.ts');
  // But for those that were open before it started.
  const script = `
    import { readdirSync, readlinkSync } from 'node:fs';
    import { statusLines } from ${JSON.stringify(program)};
    for (const name of readdirSync('/proc/self/fd')) {
      let pipe;
      try { pipe = readlinkSync('/proc/self/fd/' + name); } catch { continue; }
      if (!pipe.startsWith('pipe:') || name <= 2 || process.argv.includes(pipe)) continue;
      try { statusLines(Number(name)); console.log('taken'); }
      catch (error) { console.log(error.failure.code); }
    }`;
  const inherited = readdirSync('/proc/self/fd').flatMap((name) => linkAt(name) ?? []);
  const args = ['--input-type=module', '--eval', script, '--', ...inherited];
  const said = execFileSync(process.execPath, args, { encoding: 'utf8' });
  expect(new Set(said.trimEnd().split('\n'))).toEqual(new Set(['status-fd-unusable']));
});

function linkAt(name: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${name}`);
  } catch {
    return undefined;
  }
}
