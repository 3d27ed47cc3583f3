import type { Command, Program } from './command.ts';
import { devCommands } from './dev/dev-commands.ts';
import { devices } from './devices/devices-command.ts';
import { download } from './download/download-command.ts';
import { ignitionValidate } from './ignition-validate/ignition-validate-command.ts';
import { install } from './install/install-command.ts';
import { legacyInstall } from './install/legacy-command.ts';
import { isoCommands } from './iso/iso-commands.ts';
import { listStream } from './list-stream/list-stream-command.ts';
import { pxeCommands } from './pxe/pxe-commands.ts';
import { translate } from './translate/translate-command.ts';

/** The command if the command line does not begin with the name of one. */
export const withoutWord: Command = legacyInstall;

/** All commands that have a name, in the order of the help. */
export const commands: readonly Command[] = [
  install,
  download,
  listStream,
  devices,
  ignitionValidate,
  translate,
  ...isoCommands,
  ...pxeCommands,
  ...devCommands,
];

export const installer: Program = { name: 'coreos-installer', commands, withoutWord };
