/** What follows the list of options in `--help`; at most 80 columns wide. */
export const helpAfterOptions = `
Where parameters come from, the first one found winning:

  Option  File in /tmp      Kernel argument
  -d      selected_dev      coreos.inst.install_dev=DEVICE
  -i      ignition_url      coreos.inst.ignition_url=URL|skip
  -b      image_url         coreos.inst.image_url=URL
  -p      platform_id       coreos.inst.platform_id=ID
          skip_reboot       coreos.inst.skip_reboot
          additional_opts   coreos.no_persist_ip
          networking_opts   ip=, nameserver=, bond=, vlan= and the like,
                            kept for the first boot

  The other options with a file and a kernel argument of the same name, like
  image_hash and coreos.inst.image_hash=, are --image-hash, --ignition-hash,
  --checksum-url, --keyring, --require-signature, --verify; --insecure is
  called skip_media_check there.

  What an option gives is written to its file: a second run needs no options.

Commands, each with its own --help:

  devices  list the disks, and why any of them could not be a target

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
