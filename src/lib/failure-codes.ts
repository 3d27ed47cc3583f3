/**
 * The name of every failure, for programs: it stays the same when the sentence is reworded.
 * Failures with the same remedy share a code; each code belongs to one exit code.
 * `docs/exit-codes.md` explains each.
 */
export const failureCodes = {
  internal: ['internal-error'],

  parameters: [
    'invalid-command-line',
    'parameter-missing',
    'parameters-conflict',
    'prompt-unanswered',
    'not-root',
    // Kernel arguments and parameter files.
    'kernel-argument-unknown',
    'kernel-argument-misspelled',
    'kernel-argument-invalid',
    'kernel-argument-empty',
    'kernel-arguments-unreadable',
    'keeping-partitions-unsupported',
    'parameter-file-untrusted',
    'parameter-file-invalid',
    'parameter-file-unreadable',
    'parameter-file-unwritable',
    // Config files of the installer.
    'installer-config-unreadable',
    'installer-config-invalid',
    'ignition-config-insecure',
    // Values.
    'invalid-device',
    'invalid-device-rule',
    'invalid-url',
    'invalid-stream',
    'invalid-architecture',
    'invalid-digest',
    'invalid-duration',
    'invalid-platform',
    'invalid-proxy',
    'invalid-notify-url',
    'invalid-config-check',
    'invalid-first-boot-arguments',
    // Files that an option names.
    'ca-file-unusable',
    'client-certificate-unusable',
    'client-key-unusable',
    'header-file-unusable',
    'keyring-unusable',
    'log-file-unusable',
    'status-fd-unusable',
  ],

  target: [
    'target-missing',
    'target-not-a-disk',
    'target-is-partition',
    'target-is-volume',
    'target-is-multipath-path',
    'target-no-medium',
    'target-read-only',
    'target-mounted',
    'target-in-use',
    'target-locked',
    'target-too-small',
    'target-sector-size-mismatch',
    'no-possible-target',
    'no-disk-matches',
    'several-disks-match',
  ],

  input: [
    // The network.
    'name-unknown',
    'name-server-silent',
    'network-no-route',
    'network-host-unreachable',
    'network-connect-timeout',
    'network-failed',
    'network-interface-missing',
    'network-interface-needed',
    'connection-refused',
    'connection-closed',
    'server-stalled',
    // TLS.
    'certificate-expired',
    'certificate-not-yet-valid',
    'certificate-wrong-name',
    'certificate-untrusted',
    'certificate-invalid',
    'client-certificate-rejected',
    'tls-handshake-failed',
    // HTTP.
    'not-http',
    'http-response-invalid',
    'http-login-required',
    'http-login-refused',
    'http-forbidden',
    'http-bad-request',
    'http-try-later',
    'http-server-error',
    'http-unexpected-status',
    'http-re-encoded',
    'redirect-invalid',
    'redirect-insecure',
    'proxy-login-required',
    'proxy-login-refused',
    'proxy-forbidden',
    'proxy-server-unreachable',
    // Files, wherever they are.
    'image-not-found',
    'config-not-found',
    'stream-not-found',
    'file-not-found',
    'file-unreadable',
    'file-not-regular',
    'file-too-large',
    'file-changed',
    'file-name-unusable',
    'download-incomplete',
    // The image.
    'image-empty',
    'image-is-web-page',
    'image-is-iso',
    'image-format-unsupported',
    'image-compressed-twice',
    'image-compression-unsupported',
    'image-damaged',
    'image-truncated',
    'image-changed',
    'image-partition-table-missing',
    'image-partition-table-invalid',
    'image-boot-missing',
    'image-boot-ambiguous',
    'memory-insufficient',
    // Stream metadata.
    'stream-invalid',
    'stream-lacks-image',
    // What it is checked against.
    'digest-mismatch',
    'digests-conflict',
    'checksum-file-unusable',
    'signature-missing',
    'signature-unreadable',
    'signature-mismatch',
    'signature-expired',
    'signature-weak',
    'signature-unsupported',
    'signing-key-unknown',
    'signing-key-expired',
    'signing-key-revoked',
    'gpgv-missing',
    // The config.
    'config-unrecognized',
    'config-syntax-invalid',
    'config-version-unsupported',
    'config-invalid',
    'config-doubtful',
    'config-suspicious',
  ],

  write: [
    'tool-missing',
    'tool-failed',
    'no-private-directory',
    'loop-devices-missing',
    'mount-not-permitted',
    'output-failed',
    'output-no-space',
    'output-in-use',
    'target-gone',
    'target-replaced',
    'target-partitions-kept',
    'disk-io-error',
    'disk-write-failed',
    'disk-read-back-mismatch',
    'partition-table-rejected',
    'boot-mount-failed',
    'boot-unmount-failed',
    'boot-full',
    'boot-write-failed',
    'platform-not-settable',
  ],

  signal: ['interrupted'],
} as const;

/** The failures that end with one exit code, or all of them. */
export type FailureCode<Kind extends FailureKind = FailureKind> =
  (typeof failureCodes)[Kind][number];

export type FailureKind = keyof typeof failureCodes;

/** A line for people, and the name by which the documentation is searched. */
export function withCode(line: string, code: FailureCode): string {
  return `${line} [${code}]`;
}
