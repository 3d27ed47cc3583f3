import { WriteError } from '../../lib/errors.ts';
import { run } from '../../system/run-command.ts';
import type { Target } from '../look/target.ts';

/** What sgdisk says when a table, its backup and its partitions are valid. */
const verdict = 'No problems found';

/** Has another implementation check both tables of the disk. Throws `WriteError`. */
export async function verifyTable(target: Target): Promise<void> {
  const { stdout } = await run('sgdisk', ['--verify', target.path], { allowExitCodes: [2] });
  if (stdout.includes(verdict)) return;
  const problem = stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
  throw new WriteError({
    code: 'partition-table-rejected',
    failed: `Cannot complete the installation on ${target.path}`,
    why: `its new partition table is invalid (sgdisk: ${problem})`,
    next: 'Report this with the name of the image; the image itself may be faulty.',
  });
}
