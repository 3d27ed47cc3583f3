import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { MachineOptions } from './machine.ts';

const firmware = '/usr/share/AAVMF';

/**
 * QEMU's arguments for a machine of arm64, emulated: its board, its processor and its firmware, which is
 * always UEFI (Debian: `qemu-efi-aarch64`).
 */
export function arm64Machine(
  directory: string,
  options: Pick<MachineOptions, 'firmware' | 'storedBootOrder'>,
): string[] {
  const variables = join(directory, 'uefi-variables.fd');
  const keys = options.firmware === 'secure-boot' ? '.ms' : '';
  // 64 MiB, nearly all of it zeros.
  if (!options.storedBootOrder)
    execFileSync('cp', ['--sparse=always', `${firmware}/AAVMF_VARS${keys}.fd`, variables]);
  return [
    ...['-machine', 'virt', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'cortex-a57'],
    ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${firmware}/AAVMF_CODE.fd`],
    ...['-drive', `if=pflash,format=raw,unit=1,file=${variables}`],
  ];
}
