import { expect, test } from 'vitest';
import { installHere } from '../../support/install-here.ts';
import { sizeOf, unexpectedDifferences } from '../../support/installed-disk.ts';
import { loopDevice } from '../../support/loop-device.ts';
import { smallFixture } from '../../support/small-fixture.ts';

const mib = 1024 * 1024;

/**
 * A backup table takes 33 sectors: the new one may stand in the place of the image's, over a part of
 * that, just behind it, or far away.
 */
test('an installation leaves no old bytes in the image, however much larger the disk is', async () => {
  await using it = await smallFixture();
  const imageSizeBytes = await sizeOf(it.imagePath);
  for (const moreSectors of [0, 1, 32, 33, 34, (3 * mib) / 512 + 7]) {
    const sizeBytes = imageSizeBytes + moreSectors * 512;
    await using disk = await loopDevice({ sizeBytes });
    const options = { device: disk.path, imageUrl: it.imageUrl, ignitionUrl: it.ignitionUrl };
    const { exitCode, message } = await installHere(options, {});
    expect(exitCode, message).toBe(0);
    const found = await unexpectedDifferences(it.imagePath, disk.path);
    expect(found, `${moreSectors} sectors more`).toEqual([]);
  }
});
