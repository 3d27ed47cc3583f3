import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { findDebianMirror } from '../../scripts/lib/debian.ts';

const maximumAgeMs = 7 * 24 * 60 * 60 * 1000;
const machineCertificates = '/etc/ssl/certs/ca-certificates.crt';

/** What of this machine a system needs to reach the same servers: files by path in that system. */
async function machineFiles(): Promise<Record<string, string>> {
  const { stdout } = await execa('apt-config', ['dump', 'Acquire']);
  const acquire = stdout.split('\n').filter((line) => !line.startsWith('Acquire::IndexTargets'));
  const files: Record<string, string> = {
    '/etc/apt/apt.conf.d/99machine': `${acquire.join('\n')}\n`,
    // Nothing here outlives a test, and nothing is started by installing it.
    '/etc/dpkg/dpkg.cfg.d/unsafe-io': 'force-unsafe-io\n',
    '/usr/sbin/policy-rc.d': '#!/bin/sh\nexit 101\n',
  };
  for (const path of ['/etc/resolv.conf', '/etc/hosts', machineCertificates])
    files[path] = await readFile(path, 'utf8').catch(() => '');
  return files;
}

/**
 * A minimal system of a Debian suite (`bookworm`) as a directory below `directory`: what is
 * essential, apt, and the certificates of authorities, from the machine's own mirror. It is kept,
 * and made again when a week old or when the mirror or the way to it changes. Copy it to use it.
 */
export async function minimalRoot(suite: string, directory: string): Promise<string> {
  const root = join(directory, suite);
  const mirror = await findDebianMirror();
  const files = await machineFiles();
  const inputs = createHash('sha256')
    .update(JSON.stringify([mirror, files]))
    .update(await readFile(import.meta.filename))
    .digest('hex');
  const made = await stat(`${root}.inputs`).catch(() => undefined);
  const isYoung = made !== undefined && Date.now() - made.mtimeMs < maximumAgeMs;
  if (isYoung && (await readFile(`${root}.inputs`, 'utf8')) === inputs) return root;

  await rm(`${root}.inputs`, { force: true });
  await rm(root, { recursive: true, force: true });
  await rm(`${root}.new`, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const aptFile = join(directory, `${suite}.apt`);
  await writeFile(aptFile, files['/etc/apt/apt.conf.d/99machine'] ?? '');
  await execa('mmdebstrap', [
    ...['--quiet', '--mode=root', '--variant=minbase', '--include=ca-certificates'],
    ...[`--aptopt=${aptFile}`, suite, `${root}.new`, `deb ${mirror} ${suite} main`],
  ]);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(`${root}.new`, path)), { recursive: true });
    await writeFile(join(`${root}.new`, path), content, { mode: 0o755 });
  }
  await rename(`${root}.new`, root);
  await writeFile(`${root}.inputs`, inputs);
  return root;
}
