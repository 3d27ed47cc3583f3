import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ControlAt, ownDirectory } from '../../support/control-at.ts';
import { fleetOf, manyMachines } from '../../support/fleet.ts';
import { lacks } from '../../support/needs.ts';
import { blockWith, readPage } from '../../support/pages.ts';

const page = readPage('fleet/operations.md');
const fleet = fleetOf(manyMachines(3));

function serverBeside(): { readonly at: ControlAt; readonly run: (text: string) => string } {
  const directory = ownDirectory();
  mkdirSync(join(directory, 'rack/state'), { recursive: true });
  const at = new ControlAt(fleet, { database: join(directory, 'rack/state/fleet.db') });
  const run = (text: string) =>
    execFileSync('sh', ['-e', '-c', blockWith(page, 'sh', text)], {
      cwd: directory,
      encoding: 'utf8',
    });
  return { at, run };
}

test.skipIf(lacks('sqlite3'))('a backup while the server runs, and its return', async () => {
  const { at, run } = serverBeside();
  at.install(1);
  await at.control.settled();
  run('.backup');
  run('chmod');
  at.install(2);
  await at.control.settled();
  expect(run('SELECT')).toMatch(/\|node-1\|machine\|192.0.2.1\n.*\|node-2\|machine\|192.0.2.2\n$/);
  at.stop();
  run('cp fleet-backup.db');
  at.start();
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot' });
  const again = at.permit(2);
  at.end(again, { result: 'installed', alreadyInstalled: true });
  expect(at.view(2).state).toBe('installed');
});

test('a damaged database is moved away, and everything is held', () => {
  const { at, run } = serverBeside();
  at.install(1);
  at.stop();
  run('mkdir rack/state/damaged');
  expect(readdirSync(join(at.path, '..'))).toEqual(['damaged']);
  at.start();
  expect(at.control.view().held).toBe(true);
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot' });
});

test('a reinstall of the wrong machine is taken back before it boots, and after it was switched off', () => {
  const at = new ControlAt(fleet);
  const operate = (kind: 'adopt' | 'hold' | 'reinstall' | 'release') =>
    at.control.operate({ kind, machine: 'node-1' }, 'test');
  at.install(1);
  operate('reinstall');
  operate('adopt');
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot' });
  expect(at.view(1).state).toMatch(/installed|came-back/);

  operate('reinstall');
  at.config(at.permit(1));
  expect(() => operate('adopt')).toThrow('it is being installed');
  operate('hold');
  at.pass(16 * 60);
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot' });
  operate('adopt');
  operate('release');
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot', why: 'it is installed' });
});
