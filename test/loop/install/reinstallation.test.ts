import { expect, test } from 'vitest';
import { fixture, ignitionConfig } from '../../support/fixture.ts';
import { runInstaller } from '../../support/installer.ts';

const warning =
  /already holds an installation with this Ignition config, made \d{4}-\d\d-\d\d \d\d:\d\d UTC/;

test('warns when the same config is installed once more, and installs', async () => {
  // Of the same length.
  const other = ignitionConfig.replace(/\n$/, ' ');
  await using it = await fixture({ files: { '/other.ign': Buffer.from(other) } });
  const first = await runInstaller({ args: it.args });
  expect(first.stderr).not.toMatch(warning);

  const second = await runInstaller({ args: it.args });
  expect(second.exitCode).toBe(0);
  expect(second.stderr).toMatch(warning);

  const third = await runInstaller({ args: [...it.args, '-i', `${it.server.url}/other.ign`] });
  expect(third.exitCode).toBe(0);
  expect(third.stderr).not.toMatch(warning);
});
