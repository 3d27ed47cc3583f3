import { X509Certificate } from 'node:crypto';
import type { Resolved } from '../../parameters/parameters.ts';
import { readGivenFile } from './given-file.ts';

const pemCertificate = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;

/**
 * The CA certificates in a file (PEM, or a single one in DER), as PEM. `ParameterError` when there
 * is none, or one that cannot be parsed.
 */
export async function readCaCertificates(given: Resolved<string>): Promise<string[]> {
  const { bytes, unusable } = await readGivenFile(given, 'ca-file-unusable');
  const pems = bytes.toString('latin1').match(pemCertificate);
  try {
    return (pems ?? [bytes]).map((certificate) => new X509Certificate(certificate).toString());
  } catch (error) {
    throw unusable(
      pems ? 'a certificate in it is damaged' : 'there is no certificate in it',
      'Give the certificate of the CA that issued the server certificate, in PEM format.',
      error,
    );
  }
}
