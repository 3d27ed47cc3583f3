import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../../../scripts/lib/paths.ts';
import { serviceDirectory } from '../../../src/provision/commands/fleet-command.ts';
import { lacks } from '../../support/needs.ts';

const unit = readFileSync(join(root, 'packaging/coreos-provision.service'), 'utf8');

/** The unit with a program that exists here. */
function copied(): string {
  const directory = mkdtempSync(join(tmpdir(), 'unit-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'coreos-provision.service');
  writeFileSync(path, unit.replace('/usr/bin/coreos-provision', '/bin/true'));
  return path;
}

test('it serves the directory that the operators’ commands mean, as a user without privileges', () => {
  expect(unit).toContain(
    `\nExecStart=/usr/bin/coreos-provision serve ${serviceDirectory} $OPTIONS\n`,
  );
  for (const line of ['DynamicUser=yes', 'CapabilityBoundingSet=', 'NoNewPrivileges=yes'])
    expect(unit.split('\n')).toContain(line);
  // V8 writes code.
  expect(unit).not.toContain('MemoryDenyWriteExecute');
});

test.skipIf(lacks('systemd-analyze'))('systemd finds nothing wrong with it', async () => {
  const { exitCode, stderr, stdout } = await execa(
    'systemd-analyze',
    ['verify', '--man=no', copied()],
    {
      reject: false,
    },
  );
  expect({
    exitCode,
    said: (stderr + stdout).replaceAll(/^(?!.*coreos-provision).*$\n?/gm, ''),
  }).toEqual({
    exitCode: 0,
    said: '',
  });
});

test.skipIf(lacks('systemd-analyze'))('systemd takes it for well confined', async () => {
  const args = ['security', '--offline=true', '--threshold=25', '--no-pager', copied()];
  const { exitCode, stdout } = await execa('systemd-analyze', args, { reject: false });
  expect(exitCode, stdout).toBe(0);
});
