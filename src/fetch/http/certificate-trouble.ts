import { isIP } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import { tlsPeer } from './tls-peer.ts';
import { type Hop, lasting, passing, type Trouble } from './trouble.ts';

/** Explains what OpenSSL and Node say of certificates, the server's and this machine's own. */
export function certificateTrouble(error: Error, hop: Hop): Trouble | undefined {
  const url = tlsPeer(error, hop);
  const { code = error.name } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return lasting(
        'certificate-expired',
        `the certificate of ${url.host} has expired`,
        `Renew it, or check this machine's clock: it says ${clock()}.`,
      );
    case 'CERT_NOT_YET_VALID':
      // Time synchronization, or somebody at the console, may set the clock meanwhile.
      return passing(
        'certificate-not-yet-valid',
        `the certificate of ${url.host} is not valid yet: this machine's clock says ${clock().slice(0, 10)}`,
        `Check the clock: it says ${clock()}. Set it with: date -s`,
      );
    case 'UND_ERR_PRX_TLS':
      return otherName(error.cause as Error, hop.proxy ?? url);
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return otherName(error, url);
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return lasting(
        'certificate-untrusted',
        `the certificate of ${url.host} was not issued by a trusted CA`,
        `Give the CA certificate with --ca-file, or ${url === hop.proxy ? 'use a proxy by http://' : 'serve the file by http://'}.`,
      );
    default:
      return alertTrouble(code, url) ?? otherTrouble(code, url);
  }
}

/**
 * RFC 9525: a name must be in subjectAltName, an address there as an address. The common name is no
 * longer used.
 */
function otherName(error: Error, { hostname }: URL): Trouble {
  const { cert } = error as { cert?: Partial<PeerCertificate> };
  const host = hostname.replace(/^\[|\]$/g, '');
  const kind = isIP(host) === 0 ? 'DNS' : 'IP';
  const extension = `subjectAltName=${kind}:${host}`;
  const names = (cert?.subjectaltname ?? '').split(', ').filter((name) => name !== '');
  const commonName = [cert?.subject?.CN ?? ''].flat();
  if (commonName.includes(host) || names.includes(`DNS:${host}`)) {
    const place = names.includes(`DNS:${host}`) ? 'as a DNS name' : 'in its common name (CN)';
    return lasting(
      'certificate-wrong-name',
      `the certificate names ${host} only ${place}, which is not accepted for ${kind === 'IP' ? 'an address' : 'a name'}`,
      `Use a certificate with ${extension}.`,
    );
  }
  const found =
    names.length > 0 ? names : commonName.filter((name) => name !== '').map((name) => `CN:${name}`);
  const list = found.length === 0 ? '' : `, but for ${presentable(found)}`;
  return lasting(
    'certificate-wrong-name',
    `the certificate is not for ${host}${list}`,
    `Use a name that is in it, or a certificate with ${extension}.`,
  );
}

/** A certificate's names are untrusted text. */
function presentable(names: readonly string[]): string {
  const shown = names.slice(0, 4).map((name) => name.replace(/[^\x21-\x7e]/g, '?').slice(0, 80));
  return shown.join(', ') + (names.length > shown.length ? ' and others' : '');
}

/** What the server says of us, in a TLS alert (RFC 8446 section 6.2). */
function alertTrouble(code: string, url: URL): Trouble | undefined {
  if (code.endsWith('_ALERT_HANDSHAKE_FAILURE')) {
    return lasting(
      'tls-handshake-failed',
      `${url.host} aborted the TLS handshake`,
      'Check whether it requires a client certificate (--cert), or supports only old versions of TLS.',
    );
  }
  return /_ALERT_(.*CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code)
    ? lasting(
        'client-certificate-rejected',
        `${url.host} does not accept this client's certificate (${code})`,
        'Check the file given with --cert, and which CAs the server trusts.',
      )
    : undefined;
}

function otherTrouble(code: string, url: URL): Trouble | undefined {
  return /CERT|CRL|CA_|UNABLE_TO|KEY_TOO_SMALL|MD_TOO_WEAK/.test(code)
    ? lasting(
        'certificate-invalid',
        `the certificate of ${url.host} is not accepted (${code})`,
        'Replace the certificate.',
      )
    : undefined;
}

function clock(): string {
  return new Date().toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
}
