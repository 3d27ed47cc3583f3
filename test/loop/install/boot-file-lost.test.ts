import { expect, test } from 'vitest';
import { type DiskEvent, type FaultyDiskOptions, faultyDisk } from '../../support/faulty-disk.ts';
import { type Fixture, ignitionConfig } from '../../support/fixture.ts';
import { installHere } from '../../support/install-here.ts';
import { hasAnyTable } from '../../support/installed-disk.ts';
import { diskSizeBytes, smallFixture } from '../../support/small-fixture.ts';

/** With zeros, as they are in the image, where the file will be: all is well until it is written. */
async function install(it: Fixture, lying: FaultyDiskOptions['lying'], verify: boolean) {
  await using disk = await faultyDisk({
    sizeBytes: diskSizeBytes,
    content: 'zeros',
    ...(lying && { lying }),
  });
  const options = { device: disk.path, imageUrl: it.imageUrl, ignitionUrl: it.ignitionUrl, verify };
  const outcome = await installHere(options, {});
  const table = await hasAnyTable(disk.path);
  return { ...outcome, table, place: placeOf(await disk.events()) };
}

/** The block that the config came to. */
function placeOf(events: readonly DiskEvent[]) {
  for (const event of events) {
    const at = event.kind === 'write' ? event.bytes.indexOf(ignitionConfig) : -1;
    if (event.kind !== 'write' || at < 0) continue;
    const startBytes = event.offsetBytes + at;
    return [{ startBytes, endBytes: startBytes + 4096 }];
  }
  return undefined;
}

test('a disk that forgets the config is found out where the installation is read back', async () => {
  await using it = await smallFixture();
  const sound = await install(it, undefined, true);
  expect(sound).toMatchObject({ exitCode: 0, message: '', table: true });
  expect(sound.place).toBeDefined();
  const trusting = await install(it, sound.place, false);
  expect(trusting).toMatchObject({ exitCode: 0, place: undefined });
  const careful = await install(it, sound.place, true);
  expect(careful.message).toContain(
    'ignition/config.ign on its boot partition is not what was written',
  );
  expect(careful).toMatchObject({ exitCode: 5, state: 'no-table', table: false });
});
