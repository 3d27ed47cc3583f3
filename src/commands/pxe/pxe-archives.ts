import type { Command } from '../command.ts';
import { inLines } from '../medium-options.ts';
import { each, path, text } from '../option-values.ts';
import type { PxeIgnitionWrap, PxeNetworkWrap, PxeUnwrap } from './run-pxe-archives.ts';

const output = [
  '-o, --output <file>',
  'write to this file, which is replaced; default: standard output',
  path,
] as const;

const ignitionWrap: Command<PxeIgnitionWrap> = {
  word: 'pxe ignition wrap',
  summary: 'make an initramfs archive with an Ignition config',
  define(commander) {
    commander
      .description(
        inLines(
          'Puts an Ignition config into an archive, which a PXE server delivers after the\ninitramfs of Fedora CoreOS. The config is not checked. The kernel arguments must\ncontain ignition.firstboot ignition.platform.id=metal.',
        ),
      )
      .option('-i, --ignition-file <file>', 'the config; default: standard input', path)
      .option(...output);
  },
  read: (commander) => commander.opts(),
  run: async (options) => await (await import('./run-pxe-archives.ts')).wrapIgnition(options),
};

const ignitionUnwrap: Command<PxeUnwrap> = {
  word: 'pxe ignition unwrap',
  summary: 'print the Ignition config in an initramfs',
  define(commander) {
    commander
      .description(
        inLines('Prints the Ignition config that is in an initramfs, or in an archive for one.'),
      )
      .argument('[initrd]', 'the file; default: standard input');
  },
  read: ({ args: [initrd = '-'] }) => ({ initrd }),
  run: async (options) => await (await import('./run-pxe-archives.ts')).unwrapIgnition(options),
};

const networkWrap: Command<PxeNetworkWrap> = {
  word: 'pxe network wrap',
  summary: 'make an initramfs archive with network settings',
  define(commander) {
    commander
      .description(
        inLines(
          'Puts NetworkManager keyfiles into an archive, which a PXE server delivers after\nthe initramfs of Fedora CoreOS or of this program.',
        ),
      )
      .requiredOption('-k, --keyfile <file>', 'a keyfile (may be repeated)', each)
      .option(...output);
  },
  read: (commander) => commander.opts(),
  run: async (options) => await (await import('./run-pxe-archives.ts')).wrapNetwork(options),
};

const networkUnwrap: Command<PxeUnwrap> = {
  word: 'pxe network unwrap',
  summary: 'print or save the network settings in an initramfs',
  define(commander) {
    commander
      .description(inLines('Prints the keyfiles that are in an initramfs, or saves them.'))
      .argument('[initrd]', 'the file; default: standard input')
      .option('-C, --directory <dir>', 'save them in this directory', text);
  },
  read(commander) {
    const [initrd = '-'] = commander.args;
    return { initrd, ...commander.opts<{ directory?: string }>() };
  },
  run: async (options) => await (await import('./run-pxe-archives.ts')).unwrapNetwork(options),
};

export const pxeArchives = [ignitionWrap, ignitionUnwrap, networkWrap, networkUnwrap] as const;
