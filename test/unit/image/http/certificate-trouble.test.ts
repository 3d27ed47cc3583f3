import { expect, test } from 'vitest';
import { certificateTrouble } from '../../../../src/image/http/certificate-trouble.ts';

const url = new URL('https://host.example/image');

// As Node 24 with OpenSSL 3.5 gives them, from openssl s_server -Verify.
test.each([
  ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED', "does not accept this client's certificate"],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', "does not accept this client's certificate"],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'breaks off the TLS handshake'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is not from an authority that this machine knows'],
  ['CERT_REVOKED', 'the certificate of host.example is refused (CERT_REVOKED)'],
])('%s is final, and told in words', (code, words) => {
  const trouble = certificateTrouble(code, url);
  expect(trouble?.why).toContain(words);
  expect(trouble?.transient).toBe(false);
});

test('other errors are none of certificates', () => {
  for (const code of ['ECONNRESET', 'ERR_SSL_WRONG_VERSION_NUMBER', 'HPE_INVALID_CONSTANT']) {
    expect(certificateTrouble(code, url)).toBeUndefined();
  }
});
