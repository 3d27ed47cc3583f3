import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Scenario } from './scenario.ts';

export const dist = join(import.meta.dirname, '..', '..', '..', 'dist');

/** The installer's medium, as `make iso` leaves it. */
export const installerIso = join(dist, 'installer.iso');

/** The directory with the installer's kernel and initramfs, as `make pxe` leaves it. */
export const pxeFiles = join(dist, 'pxe');

/**
 * Makes an ISO that adds kernel arguments to those of the installer's medium, in both boot menus,
 * as a person would by hand; the menus do not wait.
 */
export async function isoWithArguments(
  scenario: Pick<Scenario, 'file'>,
  more: string[],
): Promise<string> {
  const edit = async (path: string, change: (text: string) => string): Promise<string> => {
    const file = scenario.file(path.replaceAll('/', '-'));
    await execa('xorriso', ['-osirrox', 'on', '-indev', installerIso, '-extract', path, file]);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    return file;
  };
  const isolinux = await edit('/isolinux/isolinux.cfg', (text) =>
    text
      .replace(/^TIMEOUT .*$/m, 'TIMEOUT 1')
      .replace(/^ *APPEND .*$/m, (line) => [line, ...more].join(' ')),
  );
  const grub = await edit('/boot/grub/grub.cfg', (text) =>
    text
      .replace(/^set timeout=.*$/m, 'set timeout=0')
      .replace(/^ *linux .*$/m, (line) => [line, ...more.map((word) => `'${word}'`)].join(' ')),
  );
  const iso = scenario.file('installer.iso');
  await execa('xorriso', [
    ...['-indev', installerIso, '-outdev', iso, '-boot_image', 'any', 'replay'],
    ...['-map', isolinux, '/isolinux/isolinux.cfg', '-map', grub, '/boot/grub/grub.cfg'],
  ]);
  return iso;
}

/** Makes an ISO whose kernel differs from that of another one by one byte. */
export async function isoWithChangedKernel(
  scenario: Pick<Scenario, 'file'>,
  original: string,
): Promise<string> {
  const kernel = scenario.file('vmlinuz');
  const extract = ['-osirrox', 'on', '-indev', original, '-extract', '/boot/vmlinuz', kernel];
  await execa('xorriso', extract);
  const bytes = readFileSync(kernel);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(kernel, bytes);
  const iso = scenario.file('changed.iso');
  await execa('xorriso', [
    ...['-indev', original, '-outdev', iso, '-boot_image', 'any', 'replay'],
    ...['-map', kernel, '/boot/vmlinuz'],
  ]);
  return iso;
}
