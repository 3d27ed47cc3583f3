import { flagPlaces, type Place, valuePlaces } from '../parameters/places.ts';

function row({ typed = '', file, argument }: Place): string {
  const [option = '', value] = typed.split(' ');
  const written = value === undefined ? argument : `${argument}=${value}`;
  return `  ${option.padEnd(20)} ${file.padEnd(18)} ${written}`;
}

/** What follows the list of options in `--help`; at most 80 columns wide. */
export const helpAfterOptions = `
Where parameters come from, the first one found winning:

  Option               File in /tmp       Kernel argument
${[...Object.values(valuePlaces), ...Object.values(flagPlaces)].map(row).join('\n')}
                       additional_opts    coreos.no_persist_ip or
                                          coreos.force_persist_ip
                       networking_opts    ip=, nameserver=, bond=, vlan= and the
                                          like, kept for the first boot
                       ignored_args       (names of arguments to ignore)

  What an option gives is written to its file: a second run needs no options.
  A kernel argument coreos.inst.... that is not known ends the run.

Commands, each with its own --help:

  devices            list the disks, and why any of them could not be a target
  ignition validate  check Ignition configs
  translate          make an Ignition config from YAML (also as fcct or butane)

Examples:

  coreos-installer -d vda -i http://192.0.2.100:8080/config.ign \\
    -b http://192.0.2.100:8080/fedora-coreos-metal.x86_64.raw.xz

  coreos-installer -d disk/by-id/wwn-0x5002538e40b0 -i skip -b /srv/fcos.raw.xz

Exit codes:

  0      installed
  1      an error of the installer's own
  2      wrong or missing parameters
  3      the target device was refused
  4      the image or the config could not be had, or is not what it should be
  5      writing or configuring the disk failed
  128+n  stopped by signal n
`;
