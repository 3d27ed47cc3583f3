import { expect, test } from 'vitest';
import type { Target } from '../../../src/disk/look/target.ts';
import { findInstallation } from '../../../src/plan/found-installation.ts';

const id = '0e5b8f3c-7a41-5c56-9b8e-2f60d1c7a905';
const installId = { value: id, origin: { kind: 'option', name: '--install-id' } } as const;

// Its beginning cannot be read: EIO.
const target = {
  ...{ path: '/proc/self/mem', majMin: '0:0', sizeBytes: 16 * 1024 * 1024 },
  sectorSizeBytes: 512,
} as Target;

test('a disk that cannot be read may hold the installation', async () => {
  await expect(findInstallation(target, { installId, bootOrder: undefined })).rejects.toMatchObject(
    {
      exitCode: 3,
      failure: {
        code: 'installation-unclear',
        why: expect.stringContaining('EIO'),
        next: expect.stringContaining(`wipefs --all ${target.path}`),
      },
    },
  );
});

test('without an id nothing is looked for', async () => {
  expect(
    await findInstallation(target, { installId: undefined, bootOrder: undefined }),
  ).toBeUndefined();
});
