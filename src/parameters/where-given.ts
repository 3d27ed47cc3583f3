/** Where a parameter may be given, the option winning over the file, the file over the argument. */
export interface Place {
  /** The option's property in `ParameterOptions`; some parameters have none. */
  readonly option?: string;
  /** As it is typed: `-d DEVICE`, `--insecure`. */
  readonly typed?: string;
  /** Name of the file in `/tmp`. */
  readonly file: string;
  /** Name of the kernel argument. */
  readonly argument: string;
  /** All count where it is given several times, as one value with blanks between. */
  readonly repeated?: true;
}

/** Parameters that have a value. */
export const valuePlaces = {
  device: {
    option: 'device',
    typed: '-d DEVICE',
    file: 'selected_dev',
    argument: 'coreos.inst.install_dev',
  },
  ignitionUrl: {
    option: 'ignitionUrl',
    typed: '-i URL',
    file: 'ignition_url',
    argument: 'coreos.inst.ignition_url',
  },
  imageUrl: {
    option: 'imageUrl',
    typed: '-b URL',
    file: 'image_url',
    argument: 'coreos.inst.image_url',
  },
  platformId: {
    option: 'platform',
    typed: '-p ID',
    file: 'platform_id',
    argument: 'coreos.inst.platform_id',
  },
  imageHash: {
    option: 'imageHash',
    typed: '--image-hash DIGEST',
    file: 'image_hash',
    argument: 'coreos.inst.image_hash',
  },
  ignitionHash: {
    option: 'ignitionHash',
    typed: '--ignition-hash DIGEST',
    file: 'ignition_hash',
    argument: 'coreos.inst.ignition_hash',
  },
  checkIgnition: {
    option: 'checkIgnition',
    typed: '--check-ignition HOW',
    file: 'check_ignition',
    argument: 'coreos.inst.check_ignition',
  },
  checksumUrl: {
    option: 'checksumUrl',
    typed: '--checksum-url URL',
    file: 'checksum_url',
    argument: 'coreos.inst.checksum_url',
  },
  keyring: {
    option: 'keyring',
    typed: '--keyring FILE',
    file: 'keyring',
    argument: 'coreos.inst.keyring',
  },
  retryFor: {
    option: 'retryFor',
    typed: '--retry-for TIME',
    file: 'retry_for',
    argument: 'coreos.inst.retry_for',
  },
  proxy: {
    option: 'proxy',
    typed: '--proxy URL',
    file: 'proxy_url',
    argument: 'coreos.inst.proxy',
  },
  noProxy: {
    option: 'noproxy',
    typed: '--noproxy LIST',
    file: 'no_proxy',
    argument: 'coreos.inst.noproxy',
  },
  caFile: {
    option: 'caFile',
    typed: '--ca-file FILE',
    file: 'ca_file',
    argument: 'coreos.inst.ca_file',
  },
  certFile: {
    option: 'cert',
    typed: '--cert FILE',
    file: 'cert_file',
    argument: 'coreos.inst.cert',
  },
  keyFile: {
    option: 'key',
    typed: '--key FILE',
    file: 'key_file',
    argument: 'coreos.inst.key',
  },
  headerFile: {
    option: 'headerFile',
    typed: '--header-file FILE',
    file: 'header_file',
    argument: 'coreos.inst.header_file',
  },
  notifyUrl: {
    option: 'notifyUrl',
    typed: '--notify-url URL',
    file: 'notify_url',
    argument: 'coreos.inst.notify_url',
    repeated: true,
  },
} as const satisfies Record<string, Place>;

/** Parameters that are on or off. */
export const flagPlaces = {
  skipReboot: { file: 'skip_reboot', argument: 'coreos.inst.skip_reboot' },
  skipMediaCheck: {
    option: 'insecure',
    typed: '--insecure',
    file: 'skip_media_check',
    argument: 'coreos.inst.skip_media_check',
  },
  requireSignature: {
    option: 'requireSignature',
    typed: '--require-signature',
    file: 'require_signature',
    argument: 'coreos.inst.require_signature',
  },
  verify: {
    option: 'verify',
    typed: '--verify',
    file: 'verify',
    argument: 'coreos.inst.verify',
  },
} as const satisfies Record<string, Place>;

export type ValueKey = keyof typeof valuePlaces;
export type FlagKey = keyof typeof flagPlaces;

export const valueKeys = Object.keys(valuePlaces) as ValueKey[];
export const flagKeys = Object.keys(flagPlaces) as FlagKey[];

export function placeOf(key: ValueKey | FlagKey): Place {
  return { ...valuePlaces, ...flagPlaces }[key];
}
