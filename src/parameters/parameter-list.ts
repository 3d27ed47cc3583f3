import { checkConsoles } from './consoles.ts';
import { checkDeviceOrRule } from './device-rule.ts';
import { fetchingParameters } from './fetching-parameters.ts';
import {
  bootOrders,
  checkArchitecture,
  checkBootOrder,
  checkPath,
  checkStream,
  checkStreamBaseUrl,
} from './formats.ts';
import { checkAppendedArguments, checkDeletedArguments } from './kernel-argument-values.ts';
import { commaSeparated, kernelWords, words } from './lists.ts';
import type { FlagParameter, ValueParameter } from './parameter-kinds.ts';
import {
  checkSavePartindex,
  checkSavePartlabel,
  objectionToPartindex,
} from './partition-filter.ts';
import { checkPlatformId } from './platforms.ts';
import { reportingParameters } from './reporting-parameters.ts';
import { checkImage, locationOf } from './values.ts';
import { verificationParameters } from './verification-parameters.ts';

/**
 * Every parameter. Option, file, kernel argument, help, man page, completion, the list that is printed
 * and the type `Parameters` follow from its entry, here or in one of the three parts.
 */
export const parameterList = {
  /** An absolute path, with symbolic links not resolved yet; or a rule, see `device-rule.ts`. */
  device: {
    label: 'Target device',
    option: '-d, --device <device>',
    help: 'disk to install to: vda, disk/by-id/..., or a rule: largest,bus=nvme',
    file: 'selected_dev',
    argument: 'coreos.inst.install_dev',
    misspelledArgument: 'coreos.coreos.inst.install_dev',
    needed: 'the target device',
    once: true,
    check: checkDeviceOrRule,
  },
  /** An http, https or file URL, or an absolute path; undefined installs without a config. */
  ignitionUrl: {
    label: 'Ignition config',
    option: '-i, --ignition-url <url>',
    help: 'Ignition config: URL or path; skip for none',
    file: 'ignition_url',
    argument: 'coreos.inst.ignition_url',
    otherwise: 'none',
    check: locationOf('the Ignition config'),
  },
  /** An http, https or file URL, or an absolute path. */
  imageUrl: {
    label: 'Image',
    option: '-b, --image-url <url>',
    help: 'disk image (raw, .xz, .gz or .zst): URL or path',
    file: 'image_url',
    argument: 'coreos.inst.image_url',
    needed: 'the image',
    instead: 'stream',
    check: checkImage,
  },
  /** `stable` and the like, or the URL of the metadata; counts where no image is given. */
  stream: {
    label: 'Stream',
    option: '-s, --stream <name>',
    help: 'the image of this stream: stable, testing, next, a URL',
    file: 'stream',
    argument: 'coreos.inst.stream',
    check: checkStream,
  },
  streamBaseUrl: {
    label: 'Streams from',
    option: '--stream-base-url <url>',
    help: 'where streams are looked up by name',
    file: 'stream_base_url',
    argument: 'coreos.inst.stream_base_url',
    check: checkStreamBaseUrl,
  },
  /** As `uname -m` prints it. */
  architecture: {
    label: 'Architecture',
    option: '-a, --architecture <name>',
    help: 'with --stream: x86_64, aarch64, ... (default: own)',
    file: 'architecture',
    argument: 'coreos.inst.architecture',
    check: checkArchitecture,
  },
  platformId: {
    label: 'Ignition platform',
    option: '-p, --platform <id>',
    help: 'Ignition platform id, instead of that of the image',
    file: 'platform_id',
    argument: 'coreos.inst.platform_id',
    otherwise: 'as in the image',
    check: checkPlatformId,
  },
  /** Kernel arguments of every start of the installed system, as on a kernel command line. */
  appendKarg: {
    label: 'Arguments to add',
    option: '--append-karg <args>',
    help: 'add kernel arguments (may be repeated)',
    file: 'append_karg',
    argument: 'coreos.inst.append_karg',
    repeated: kernelWords,
    check: checkAppendedArguments,
  },
  deleteKarg: {
    label: 'Arguments to remove',
    option: '--delete-karg <args>',
    help: 'remove kernel arguments (may be repeated)',
    file: 'delete_karg',
    argument: 'coreos.inst.delete_karg',
    repeated: kernelWords,
    check: checkDeletedArguments,
  },
  /** Consoles of the kernel and of GRUB, separated by spaces: `tty0 ttyS0,115200n8`. */
  console: {
    label: 'Console',
    option: '--console <spec>',
    help: 'kernel and GRUB console: ttyS0,115200 (may be repeated)',
    file: 'console',
    argument: 'coreos.inst.console',
    repeated: words,
    check: checkConsoles,
  },
  /** Globs for labels in the disk's GPT, separated by commas. */
  savePartlabel: {
    label: 'Save partitions',
    option: '--save-partlabel <glob>',
    help: 'keep partitions with this label (may be repeated)',
    file: 'save_partlabel',
    argument: 'coreos.inst.save_partlabel',
    neverEmpty: 'it is empty, and no partition would be saved',
    repeated: commaSeparated,
    addsUp: true,
    check: checkSavePartlabel,
  },
  /** Numbers of partitions and ranges, separated by commas. */
  savePartindex: {
    label: 'Save partitions',
    option: '--save-partindex <range>',
    help: 'keep these partitions: 5, 5-7, 5-, -7',
    file: 'save_partindex',
    argument: 'coreos.inst.save_partindex',
    neverEmpty: 'it is empty, and no partition would be saved',
    repeated: commaSeparated,
    addsUp: true,
    objection: objectionToPartindex,
    check: checkSavePartindex,
  },
  ...verificationParameters,
  ...fetchingParameters,
  /** The network of this system: keyfiles of NetworkManager, else kernel arguments that express it. */
  copyNetwork: {
    label: 'Network',
    on: 'copied from this system',
    option: '--copy-network',
    help: 'first boot with the network of this system',
    file: 'copy_network',
    argument: 'coreos.inst.copy_network',
  },
  /** An absolute path: a directory of keyfiles for the first boot. */
  networkDir: {
    label: 'Network keyfiles',
    option: '--network-dir <dir>',
    help: 'first boot with the NetworkManager keyfiles in it',
    file: 'network_dir',
    argument: 'coreos.inst.network_dir',
    check: checkPath,
  },
  bootOrder: {
    label: 'Boot order',
    option: '--boot-order <order>',
    help: 'under UEFI: what the firmware boots from now on',
    file: 'boot_order',
    argument: 'coreos.inst.boot_order',
    choices: bootOrders,
    check: checkBootOrder,
  },
  ...reportingParameters,
  skipReboot: {
    label: 'Reboot',
    on: 'skipped',
    file: 'skip_reboot',
    argument: 'coreos.inst.skip_reboot',
  },
} as const satisfies Readonly<Record<string, ValueParameter | FlagParameter>>;
