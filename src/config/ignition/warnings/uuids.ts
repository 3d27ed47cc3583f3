import type { Warning } from '../finding.ts';
import type { Config } from '../schema/config.ts';

/** What mkfs or cryptsetup would refuse as UUID. */
export function* warningsOfUuids({ storage = {} }: Config): Generator<Warning> {
  for (const [index, { format = '', uuid }] of (storage.filesystems ?? []).entries()) {
    const path = ['storage', 'filesystems', index, 'uuid'];
    if (!uuid || format === '' || format === 'none') continue;
    if (format !== 'vfat' && !isUuid.test(uuid)) yield [path, notUuid];
    if (format === 'vfat' && !/^[0-9a-f]{4}-?[0-9a-f]{4}$/i.test(uuid))
      yield [path, 'it is not of the form A1B2-C3D4, which FAT file systems have'];
  }
  for (const [index, { uuid }] of (storage.luks ?? []).entries())
    if (uuid && !isUuid.test(uuid)) yield [['storage', 'luks', index, 'uuid'], notUuid];
}

const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const notUuid = 'it is not a UUID of the form 01234567-89ab-cdef-edcb-a98765432101';
