import { existsSync } from 'node:fs';
import { join } from 'node:path';

const directories = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];

/** For `skipIf`: whether one of these commands is not installed; says which, as the reason. */
export function lacks(...commands: readonly string[]): boolean {
  const missing = commands.filter(
    (name) => !directories.some((directory) => existsSync(join(directory, name))),
  );
  return skipped(missing.length > 0, `${missing.join(', ')} not installed`);
}

/** For `skipIf`: whether the tests run without root's rights; says so, as the reason. */
export function lacksRoot(): boolean {
  return skipped(process.geteuid?.() !== 0, 'not running as root');
}

/** vitest prints it with the name of the test file. */
function skipped(yes: boolean, reason: string): boolean {
  if (yes) console.warn(`Some tests are skipped: ${reason}`);
  return yes;
}
