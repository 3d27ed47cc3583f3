import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { blockWith, readPage } from '../../support/pages.ts';
import { pxeFiles } from './medium.ts';
import type { Scenario } from './scenario.ts';

/**
 * What `make pxe` made, as a directory for TFTP whose script is boot.ipxe, with kernel arguments added
 * as its comment says, and with more files in the initramfs. `from` is that directory; `name` is the new one's.
 */
export async function tftpDirectory(
  scenario: Scenario,
  kernelArguments: string[],
  {
    moreFiles = {},
    from = pxeFiles,
    name: directoryName = 'tftp',
  }: {
    readonly moreFiles?: Readonly<Record<string, string>>;
    readonly from?: string;
    readonly name?: string;
  } = {},
): Promise<string> {
  const directory = scenario.file(directoryName);
  mkdirSync(directory);
  for (const name of ['vmlinuz', 'initramfs.img']) {
    copyFileSync(join(from, name), join(directory, name));
  }
  await addFiles(scenario, join(directory, 'initramfs.img'), moreFiles);
  const script = readFileSync(join(from, 'boot.ipxe'), 'utf8').replace(/^kernel .*$/m, (line) =>
    [line.replace(' coreos.inst=yes', ''), ...kernelArguments].join(' '),
  );
  writeFileSync(join(directory, 'boot.ipxe'), script);
  return directory;
}

/** The same for UEFI with shim and GRUB, whose file to boot is shimx64.efi, or shimaa64.efi for arm64. */
export function shimDirectory(
  scenario: Scenario,
  kernelArguments: string[],
  from = pxeFiles,
): string {
  const directory = scenario.file('tftp');
  cpSync(from, directory, { recursive: true });
  const path = join(directory, 'grub/grub.cfg');
  const quoted = kernelArguments.map((word) => `'${word}'`);
  const text = readFileSync(path, 'utf8')
    .replace(/^set timeout=.*$/m, 'set timeout=0')
    .replace(/^ *linux .*$/m, (line) => [line, ...quoted].join(' '));
  writeFileSync(path, text);
  return directory;
}

/** What the page adds to a DHCP server, so that firmware boots what is at this URL. */
export function httpBootOptions(url: string): string[] {
  const command = blockWith(readPage('pxe.md'), 'text', 'dnsmasq');
  const options = command.split(/[\s\\]+/).filter((word) => /^--dhcp-(?!range)/.test(word));
  return options.map((word) => word.replace(/http:.*/, url));
}

/** The kernel unpacks archives that follow each other, each at a multiple of four bytes. */
async function addFiles(
  scenario: Scenario,
  initramfs: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  if (Object.keys(files).length === 0) return;
  const tree = scenario.file('more-files');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  const { stdout } = await execa('sh', ['-c', 'find . -mindepth 1 | cpio --quiet -o -H newc'], {
    cwd: tree,
    encoding: 'buffer',
  });
  appendFileSync(initramfs, Buffer.alloc(-statSync(initramfs).size & 3));
  appendFileSync(initramfs, stdout);
}
