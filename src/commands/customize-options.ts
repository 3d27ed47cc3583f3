import type { Command as Commander } from 'commander';
import { each, text } from './option-values.ts';

/** Options of `iso customize` and `pxe customize`. */
export interface CustomizeOptions {
  readonly liveIgnition?: readonly string[];
  readonly destIgnition?: readonly string[];
  readonly destDevice?: string;
  readonly destConsole?: readonly string[];
  readonly destKargAppend?: readonly string[];
  readonly destKargDelete?: readonly string[];
  readonly networkKeyfile?: readonly string[];
  readonly networkNmstate?: readonly string[];
  readonly ignitionCa?: readonly string[];
  readonly preInstall?: readonly string[];
  readonly postInstall?: readonly string[];
  readonly installerConfig?: readonly string[];
}

/** All but the device may be repeated. */
export function addCustomizeOptions(commander: Commander): Commander {
  return commander
    .option('--dest-ignition <file>', 'Ignition config of the installed system', each)
    .option('--dest-device <path>', 'install to this disk, without a question', text)
    .option('--dest-console <spec>', 'console of the installed system: ttyS0,115200n8', each)
    .option('--dest-karg-append <karg>', 'kernel argument to add to the installed system', each)
    .option('--dest-karg-delete <karg>', 'kernel argument to remove from it', each)
    .option('--network-keyfile <file>', 'NetworkManager keyfile, for both systems', each)
    .option('--network-nmstate <file>', 'not supported: use nmstatectl gc and keyfiles', each)
    .option('--ignition-ca <file>', 'CA certificate for what Ignition fetches', each)
    .option('--pre-install <file>', 'program to run before the installation', each)
    .option('--post-install <file>', 'program to run after the installation', each)
    .option('--installer-config <file>', 'config file for coreos-installer', each)
    .option('--live-ignition <file>', 'Ignition config of the live system', each);
}

/** Refuses what cannot be done. */
export function checkCustomizeOptions<Options extends CustomizeOptions>(
  commander: Commander,
  options: Options,
): Options {
  const [file] = options.networkNmstate ?? [];
  if (file !== undefined)
    commander.error(
      '--network-nmstate is not supported, because libnmstate is not part of this program: ' +
        `nmstatectl gc ${file} prints the keyfiles to give with --network-keyfile`,
    );
  return options;
}
