import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Fixture, fixture } from '../../support/fixture.ts';
import { hasAnyTable } from '../../support/installed-disk.ts';
import { type InstallerResult, runInstaller } from '../../support/installer.ts';

const main = join(import.meta.dirname, '../../../src/main.ts');

/**
 * Runs the program from its source, with a fault put into it: `fault` is JavaScript that runs when the
 * stamp is about to be written, with the boot file system mounted. What it throws, opening the file throws.
 */
async function runWithFault(it: Fixture, fault: string): Promise<InstallerResult> {
  const hook = `
    import fs from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    const { open } = fs;
    fs.open = async (path, ...rest) => {
      if (String(path).endsWith('/ignition.firstboot.coreos-installer')) { ${fault} }
      return await open(path, ...rest);
    };
    syncBuiltinESMExports();`;
  const hooked = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];
  const node = [process.execPath, '--disable-warning=DEP0123', ...hooked, main];
  return await runInstaller({ program: [...node, ...it.args] });
}

const willNotBoot = (it: Fixture) =>
  `${it.disk.path} has no partition table and will not boot; run the same command again.`;

test('an error that is thrown in an event handler ends the run, which clears up and says so', async () => {
  await using it = await fixture();
  const result = await runWithFault(
    it,
    `setImmediate(() => { throw new Error('thrown by a library'); });
     await new Promise((resolve) => setTimeout(resolve, 200));`,
  );
  expect(result.complaints).toContain(
    'This is a bug in coreos-installer, please report it: Error: thrown by a library; at ',
  );
  expect(result.exitCode).toBe(1);
  expect(result.diskState).toBe(willNotBoot(it));
  expect(await hasAnyTable(it.disk.path)).toBe(false);
});

test('of two errors, the second of them while clearing up, the first is told', async () => {
  await using it = await fixture();
  const result = await runWithFault(
    it,
    `globalThis.kept = await open(path.replace(/[^/]*$/, 'kept'), 'wx');
     throw Object.assign(new Error('EIO: i/o error, open'), { code: 'EIO' });`,
  );
  expect(result.complaints).toContain(
    `Cannot configure ${it.disk.path}: its boot file system cannot be written (EIO: i/o error, open).`,
  );
  expect(result.complaints).not.toContain('cannot be unmounted');
  expect(result.exitCode).toBe(5);
  expect(result.diskState).toBe(willNotBoot(it));
  expect(await hasAnyTable(it.disk.path)).toBe(false);
});
