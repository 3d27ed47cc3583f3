import { execa } from 'execa';
import { type Partition, type Piece, sectorBytes } from './gpt.ts';

const modules = ['normal', 'part_gpt', 'ext2', 'search', 'search_label', 'test', 'echo'];
const scripting = ['regexp', 'serial', 'terminal', 'configfile', 'boot', 'minicmd', 'reboot'];

/** Makes GRUB's core for a BIOS, which finds the boot file system by its label. */
export async function biosGrubCore(config: string, output: string): Promise<void> {
  await execa('grub-mkimage', [
    '--format=i386-pc',
    `--output=${output}`,
    `--config=${config}`,
    '--prefix=/grub2',
    ...modules,
    ...scripting,
    'biosdisk',
  ]);
}

/**
 * GRUB for a BIOS, for an image that is not a device: the core goes to the BIOS boot partition, and its
 * sector is stored in it and in the boot code in the MBR. The offsets are those of GRUB's `boot.h`
 * (kernel sector, 0x5c) and of the block list at the end of the core's first sector (`diskboot.h`).
 */
export function biosGrubPieces(bootCode: Buffer, core: Buffer, biosBoot: Partition): Piece[] {
  const start = BigInt(biosBoot.offsetBytes / sectorBytes);
  const patched = Buffer.from(core);
  patched.writeBigUInt64LE(start + 1n, 500);
  const mbr = Buffer.from(bootCode.subarray(0, 440));
  mbr.writeBigUInt64LE(start, 92);
  return [
    { offsetBytes: biosBoot.offsetBytes, bytes: patched },
    { offsetBytes: 0, bytes: mbr },
  ];
}
