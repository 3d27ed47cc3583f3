import { expect, test } from 'vitest';
import { certificateTrouble } from '../../../../src/fetch/http/certificate-trouble.ts';

const told = (code: string) => Object.assign(new Error('x'), { code });
const url = new URL('https://host.example/image');

// As Node 24 with OpenSSL 3.5 gives them, from openssl s_server -Verify.
test.each([
  ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED', 'client-certificate-rejected'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'client-certificate-rejected'],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'tls-handshake-failed'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate-untrusted'],
  ['CERT_REVOKED', 'certificate-invalid'],
])('%s is final: %s', (error, code) => {
  const trouble = certificateTrouble(told(error), { url, proxy: undefined });
  expect(trouble).toMatchObject({ code, transient: false });
});

test('other errors are none of certificates', () => {
  for (const code of ['ECONNRESET', 'ERR_SSL_WRONG_VERSION_NUMBER', 'HPE_INVALID_CONSTANT']) {
    expect(certificateTrouble(told(code), { url, proxy: undefined })).toBeUndefined();
  }
});

test.each<[string, object, string]>([
  [
    'host.example',
    { subjectaltname: 'DNS:a.example, DNS:b.example' },
    'is not for host.example, but for DNS:a.example, DNS:b.example',
  ],
  [
    'host.example',
    { subject: { CN: 'old.example' } },
    'is not for host.example, but for CN:old.example',
  ],
  [
    '192.0.2.1',
    { subject: { CN: '192.0.2.1' } },
    'names 192.0.2.1 only in its common name (CN), which is not accepted for an address',
  ],
  [
    '192.0.2.1',
    { subjectaltname: 'DNS:192.0.2.1' },
    'names 192.0.2.1 only as a DNS name, which is not accepted for an address',
  ],
  [
    '[2001:db8::1]',
    { subject: { CN: '2001:db8::1' } },
    'names 2001:db8::1 only in its common name (CN), which is not accepted for an address',
  ],
  ['host.example', { subjectaltname: 'DNS:a\u001b[31m' }, 'but for DNS:a?[31m'],
  ['host.example', {}, 'the certificate is not for host.example'],
])('a certificate for others than %s is told with what stands in it', (host, cert, words) => {
  const error = Object.assign(told('ERR_TLS_CERT_ALTNAME_INVALID'), { cert });
  const server = { url: new URL(`https://${host}/x`), proxy: undefined };
  expect(certificateTrouble(error, server)?.why).toContain(words);
  expect(certificateTrouble(error, server)?.code).toBe('certificate-wrong-name');
  const kind = /[.\]]\w*$/.test(host) && /^[\d[]/.test(host) ? 'IP' : 'DNS';
  expect(certificateTrouble(error, server)?.next).toContain(`subjectAltName=${kind}:`);
  // The proxy's certificate is the proxy's.
  const wrapped = Object.assign(new Error('x', { cause: error }), { code: 'UND_ERR_PRX_TLS' });
  const proxied = { url, proxy: server.url };
  expect(certificateTrouble(wrapped, proxied)?.why).toContain(words);
});
