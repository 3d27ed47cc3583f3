import { checkDigest, checkIgnitionCheck, checkPath, ignitionChecks } from './formats.ts';
import type { FlagParameter, ValueParameter } from './parameter-kinds.ts';
import { locationOf } from './values.ts';

/** What is checked: a part of the list of parameters. */
export const verificationParameters = {
  /** Of the compressed image. */
  imageHash: {
    label: 'Image digest',
    option: '--image-hash <digest>',
    help: 'digest of the image: sha256:... or sha512:...',
    file: 'image_hash',
    argument: 'coreos.inst.image_hash',
    check: checkDigest('the digest of the image'),
  },
  /** An http, https or file URL, or an absolute path, of a file with the image's digest. */
  checksumUrl: {
    label: 'Checksum file',
    option: '--checksum-url <url>',
    help: 'file with the digest of the image: URL or path',
    file: 'checksum_url',
    argument: 'coreos.inst.checksum_url',
    check: locationOf('the checksum file'),
  },
  ignitionHash: {
    label: 'Config digest',
    option: '--ignition-hash <digest>',
    help: 'digest of the Ignition config',
    file: 'ignition_hash',
    argument: 'coreos.inst.ignition_hash',
    check: checkDigest('the digest of the Ignition config'),
  },
  checkIgnition: {
    label: 'Config check',
    option: '--check-ignition <how>',
    help: 'on an invalid config (default: stop if the first boot would fail)',
    file: 'check_ignition',
    argument: 'coreos.inst.check_ignition',
    choices: ignitionChecks,
    isCareless: (check: string) => check !== 'error',
    check: checkIgnitionCheck,
  },
  /** An absolute path: keys for the image's signature, instead of the built-in ones. */
  keyring: {
    label: 'Keyring',
    option: '--keyring <file>',
    help: 'keys for the signature, instead of the built-in ones',
    file: 'keyring',
    argument: 'coreos.inst.keyring',
    check: checkPath,
  },
  requireSignature: {
    label: 'Signature',
    on: 'required',
    option: '--require-signature',
    help: 'refuse an image without a good signature',
    file: 'require_signature',
    argument: 'coreos.inst.require_signature',
  },
  skipMediaCheck: {
    label: 'Signature',
    on: 'not verified',
    option: '--insecure',
    help: 'do not look for a signature',
    file: 'skip_media_check',
    argument: 'coreos.inst.skip_media_check',
    isCareless: () => true,
  },
  verify: {
    label: 'Read back',
    on: 'yes',
    option: '--verify',
    help: 'read the disk back before it becomes bootable',
    file: 'verify',
    argument: 'coreos.inst.verify',
  },
} as const satisfies Readonly<Record<string, ValueParameter | FlagParameter>>;
