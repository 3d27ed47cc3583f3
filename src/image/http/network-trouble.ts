import { certificateTrouble } from './certificate-trouble.ts';
import { proxyTrouble } from './proxy-trouble.ts';
import { type Hop, lasting, passing, type Trouble } from './trouble.ts';

/** Explains an error of the network, the TLS layer or the HTTP parser. */
export function networkTrouble(error: unknown, { url, proxy }: Hop, timeouts: Timeouts): Trouble {
  const code = errorCode(error);
  const told = proxy && proxyTrouble(error as Error, url, proxy);
  return (
    told ??
    connectionTrouble(code, proxy ?? url, timeouts) ??
    certificateTrouble(code, url) ??
    protocolTrouble(code, proxy ?? url)
  );
}

interface Timeouts {
  readonly connectTimeoutMs: number;
  readonly stallTimeoutMs: number;
}

const askCertificate = ' Does it ask for a client certificate, or another one (--cert)?';

/** With a proxy, that is the one that is connected to. */
function connectionTrouble(code: string, url: URL, timeouts: Timeouts): Trouble | undefined {
  const seconds = (ms: number) => `${ms / 1000} s`;
  const reach = 'Check the address, the cable and the network (ip addr, ip route).';
  switch (code) {
    case 'ENOTFOUND':
      return passing(
        `the name ${url.hostname} is not known to the name server`,
        'Check the name and /etc/resolv.conf, or use the IP address.',
      );
    case 'EAI_AGAIN':
      return passing(
        `no name server answers for ${url.hostname}`,
        'Check that the network is up (ip addr) and /etc/resolv.conf, or use the IP address.',
      );
    case 'ECONNREFUSED':
      return passing(
        `${url.host} refuses the connection`,
        'Check that the server runs, and that the port is right.',
      );
    case 'ENETUNREACH':
      return passing(`there is no route to ${url.host}`, reach);
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
      return passing(`${url.host} cannot be reached`, reach);
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return passing(
        `there is no connection to ${url.host} after ${seconds(timeouts.connectTimeoutMs)}`,
        reach,
      );
    case 'UND_ERR_HEADERS_TIMEOUT':
      return passing(
        `${url.host} sends no answer for ${seconds(timeouts.stallTimeoutMs)}`,
        'Check the server.',
      );
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_PRX_CONN':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return passing(
        `${url.host} closed the connection`,
        // In TLS 1.3 a server tells only after the handshake that it misses a certificate.
        `Check the server and the network.${url.protocol === 'https:' ? askCertificate : ''}`,
      );
    default:
      return undefined;
  }
}

function protocolTrouble(code: string, url: URL): Trouble {
  if (
    code === 'HTTPParserError' ||
    code.startsWith('HPE_') ||
    code === 'UND_ERR_HEADERS_OVERFLOW'
  ) {
    return lasting(
      `what ${url.host} answers is not HTTP (${code})`,
      'Check the port. Should the URL begin with https://?',
    );
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return lasting(
      `there is no secure connection to ${url.host} (${code})`,
      'Check the port. Should the URL begin with http://?',
    );
  }
  // Other errors of the system (EADDRNOTAVAIL, ENETDOWN) come while an interface is being set up.
  return /^E[A-Z0-9]+$/.test(code)
    ? passing(`the connection to ${url.host} failed (${code})`, 'Check the network (ip addr).')
    : lasting(`the connection to ${url.host} failed (${code})`, 'Check the server.');
}

function errorCode(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}
