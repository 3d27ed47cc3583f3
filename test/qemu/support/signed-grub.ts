import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSuite } from '../../../scripts/lib/debian.ts';
import { buildDir } from '../../../scripts/lib/paths.ts';

const fromPackage = 'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed';

/** A signed GRUB that fetches by HTTP: the system's, else that of Debian 13, which is kept. */
export async function signedGrub(): Promise<string> {
  const ofSystem = join('/', fromPackage);
  if (readFileSync(ofSystem).includes('HTTP/1.1')) return ofSystem;
  const kept = join(buildDir, 'signed-grub');
  const file = join(kept, fromPackage);
  if (!existsSync(file)) {
    const suite = await openSuite('trixie');
    await suite.extract('grub-efi-amd64-signed:amd64', kept);
  }
  return file;
}
