import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assetUrl } from '../../../src/provision/serve/installer-arguments.ts';
import { addAsset } from '../../../src/provision/wanted/add-asset.ts';
import { assetPath } from '../../../src/provision/wanted/assets.ts';
import { packings } from '../../../src/provision/wanted/packing.ts';
import { expectFailure } from '../../support/failure.ts';
import { type Fixture, fixture } from '../../support/fixture.ts';
import { FleetDirectory } from '../../support/fleet-directory.ts';
import { hasAnyTable, unexpectedDifferences } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { builder, type Publisher } from '../../support/openpgp.ts';
import { hasty, never } from '../../support/read.ts';
import { startServer } from '../../support/servers.ts';

const directory = mkdtempSync(join(tmpdir(), 'repacked-'));
const keyringPath = join(directory, 'keyring');
let them: Publisher;

beforeAll(async () => {
  them = await builder(keyringPath);
});
afterAll(async () => {
  await them[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** Installs from a cache what it has there, with the digest of the asset. */
async function install(it: Fixture, url: string, bytes: Uint8Array, sha256: string) {
  await using cache = await startServer({ files: { [new URL(url).pathname]: bytes } });
  const address = new URL(new URL(url).pathname, cache.url).href;
  return await runInstaller({
    args: ['-d', it.disk.path, '-i', it.ignitionUrl],
    cmdline: `coreos.inst.image_url=${address} coreos.inst.image_hash=sha256:${sha256}`,
  });
}

test.each(packings)(
  'packed again as %s, it is installed by the digest in its place',
  async (packing) => {
    await using it = await fixture();
    using fleet = new FleetDirectory();
    const published = join(directory, 'metal.raw.xz');
    copyFileSync(it.servedPath, published);
    writeFileSync(`${published}.sig`, await them.sign(readFileSync(published), 'builder'));
    const { asset } = await addAsset(fleet.path, published, {
      packing,
      insecure: false,
      keyring: { value: keyringPath, origin: { kind: 'option', name: '--keyring' } },
      source: hasty,
      signal: never,
      onProgress: () => undefined,
    });
    const url = assetUrl('http://cache.example', asset);

    const poisoned = await install(it, url, readFileSync(published), asset.sha256);
    expectFailure(poisoned, 'digest-mismatch');
    expect(await hasAnyTable(it.disk.path)).toBe(false);

    const bytes = readFileSync(assetPath(fleet.path, asset));
    const result = await install(it, url, bytes, asset.sha256);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stdout).toMatch(/SHA-256 matches .*coreos\.inst\.image_hash/);
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  },
);
