/**
 * Writes keys/: the publishers' current keys, from Debian's package distribution-gpg-keys, which is
 * signed by Debian's archive. Review the changes before you commit them.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSuite } from './lib/debian.ts';
import { withOneLineErrors } from './lib/one-line-errors.ts';
import { buildDir, root } from './lib/paths.ts';
import { chooseKeys, formatKeys, type Publisher, publishers } from './lib/publishers-keys.ts';

/** The suite that has the newest first. */
const suites = ['testing', 'stable', 'trixie', 'bookworm-backports'];
const packageName = 'distribution-gpg-keys';

await withOneLineErrors('make keys', async () => {
  const work = await mkdtemp(join(buildDir, 'keys-'));
  try {
    const origin = await unpackFrom(work);
    for (const publisher of publishers) await renew(publisher, work, origin);
  } finally {
    await rm(work, { recursive: true });
  }
});

async function unpackFrom(work: string): Promise<string> {
  const failures: string[] = [];
  for (const name of suites) {
    try {
      const suite = await openSuite(name);
      const [version = 'none'] = await suite.versions(packageName);
      await suite.extract(`${packageName}=${version}`, work);
      return `Debian's ${packageName} ${version}`;
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new Error(`${packageName} could not be obtained from any suite\n${failures.join('\n')}`);
}

async function renew(publisher: Publisher, work: string, origin: string): Promise<void> {
  const directory = join(work, 'usr/share', packageName, publisher.directory);
  const files = new Map<string, string>();
  for (const name of await readdir(directory))
    files.set(name, await readFile(join(directory, name), 'latin1'));
  const blocks = chooseKeys(publisher, files);
  if (blocks.length === 0) throw new Error(`${origin} has no keys of ${publisher.name}`);
  await writeFile(join(root, 'keys', publisher.file), formatKeys(publisher, blocks, origin));
  for (const { key } of blocks) console.log(`${key.fingerprint} ${key.userId}`);
}
