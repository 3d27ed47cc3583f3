import { allParameters, optionNames, parameterKeys } from '../../parameters/parameters.ts';
import type { Command } from '../command.ts';

function rows(): string[] {
  return parameterKeys.map((key) => {
    const [option = '', value] = optionNames(key)?.typed.split(' ') ?? [];
    const { file, argument } = allParameters[key];
    const written = value === undefined ? argument : `${argument}=${value}`;
    return `  ${option.padEnd(20)} ${file.padEnd(18)} ${written}`;
  });
}

/** What follows the list of options in `--help`; at most 80 columns wide. */
export const helpAfterOptions = (commands: readonly Pick<Command, 'word' | 'summary'>[]) => `
Parameters can be given in three places. The first one in this order wins:

  Option               File in /tmp       Kernel argument
${rows().join('\n')}
                       additional_opts    coreos.no_persist_ip or
                                          coreos.force_persist_ip
                       networking_opts    ip=, nameserver=, bond=, vlan=, ...:
                                          network of the first boot
                       ignored_args       (names of arguments to ignore)

  The values of options are written to these files: a second run needs none.
  An unknown kernel argument coreos.inst.... is an error.

Commands, each with its own --help:

${commands.map(({ word, summary }) => `  ${word.padEnd(23)} ${summary}`).join('\n')}

Examples:

  coreos-installer -d vda -i http://192.0.2.100:8080/config.ign \\
    -b http://192.0.2.100:8080/fedora-coreos-metal.x86_64.raw.xz

  coreos-installer -d disk/by-id/wwn-0x5002538e40b0 -i skip -b /srv/fcos.raw.xz

Exit codes:

  0      installed
  1      a bug in coreos-installer
  2      wrong or missing parameters
  3      the target device was refused
  4      the image or the config could not be fetched, or is invalid
  5      writing or configuring the disk failed
  128+n  stopped by signal n
`;
