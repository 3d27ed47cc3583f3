import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { ParameterError } from '../../lib/errors.ts';
import type { Fetching } from '../../parameters/parameters.ts';
import type { ClientIdentity } from '../http/connection.ts';
import { type GivenFile, readGivenFile } from './given-file.ts';

export interface IdentityFiles {
  readonly identity: ClientIdentity;
  readonly warnings: readonly string[];
}

/**
 * The client certificate and its private key, which may be in one file. `ParameterError` for what
 * is no certificate, no key, an encrypted key, or a key that belongs to another certificate.
 */
export async function readIdentity({
  certFile,
  keyFile,
}: Pick<Fetching, 'certFile' | 'keyFile'>): Promise<IdentityFiles | undefined> {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined) {
    throw new ParameterError({
      code: 'client-key-unusable',
      failed: `Cannot use the key ${keyFile?.value}`,
      why: 'there is no certificate for it',
      next: 'Give the certificate with --cert.',
    });
  }
  const certificate = await readGivenFile(certFile, 'client-certificate-unusable');
  const key = await readGivenFile(keyFile ?? certFile, 'client-key-unusable');
  const parsed = parseCertificate(certificate);
  if (!parsed.checkPrivateKey(parseKey(key, keyFile === undefined))) {
    throw key.unusable(
      `the key does not belong to the certificate ${certFile.value}`,
      'Give the key with which that certificate was requested.',
    );
  }
  return {
    identity: { cert: certificate.bytes.toString('latin1'), key: key.bytes.toString('latin1') },
    warnings: key.exposed === undefined ? [] : [`${key.exposed} It holds a private key.`],
  };
}

function parseCertificate({ bytes, unusable }: GivenFile): X509Certificate {
  try {
    return new X509Certificate(bytes.toString('latin1'));
  } catch (error) {
    throw unusable('there is no certificate in it', 'Give a certificate in PEM format.', error);
  }
}

function parseKey({ bytes, unusable }: GivenFile, withCertificate: boolean): KeyObject {
  const text = bytes.toString('latin1');
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: *4,ENCRYPTED/.test(text)) {
    throw unusable(
      'the private key in it is encrypted, and the installer cannot ask for the passphrase',
      'Remove the passphrase: openssl pkey -in OLD -out NEW (as root, with umask 077).',
    );
  }
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw unusable(
      'there is no private key in it',
      withCertificate ? 'Give its file with --key.' : 'Give a key in PEM format.',
      error,
    );
  }
}
