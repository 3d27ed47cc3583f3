import { readFileSync } from 'node:fs';

/** Where distributions keep the CA certificates that the system trusts. */
const systemBundles = [
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * PEM texts of all CA certificates to trust: those that come with Node, as a live system's own may
 * be missing or old, and those of the first of `bundles` that can be read, where a site adds its
 * own. Node's system store is not used: SSL_CERT_FILE of the environment would replace it.
 */
export function trustedCaCertificates(
  nodeRoots: readonly string[],
  extraPems: readonly string[],
  bundles: readonly string[] = systemBundles,
): string[] {
  for (const bundle of bundles) {
    try {
      return [...nodeRoots, ...extraPems, readFileSync(bundle, 'utf8')];
    } catch {
      // The next one.
    }
  }
  return [...nodeRoots, ...extraPems];
}
