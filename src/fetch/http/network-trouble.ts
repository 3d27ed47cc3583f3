import { isLinkLocal } from '../../lib/url.ts';
import { certificateTrouble } from './certificate-trouble.ts';
import { HeadError } from './lenient-head.ts';
import { proxyTrouble } from './proxy-trouble.ts';
import { tlsPeer } from './tls-peer.ts';
import { type Hop, lasting, passing, type Trouble } from './trouble.ts';

/** Explains an error of the network, the TLS layer or the HTTP parser. */
export function networkTrouble(error: unknown, hop: Hop, timeouts: Timeouts): Trouble {
  const { url, proxy } = hop;
  const code = errorCode(error);
  const ofProxy = proxy && proxyTrouble(error as Error, url, proxy);
  return (
    ofProxy ??
    zoneTrouble(code, hop) ??
    connectionTrouble(code, proxy ?? url, timeouts) ??
    certificateTrouble(error as Error, hop) ??
    tlsTrouble(error as Error, code, hop) ??
    protocolTrouble(error as Error, code, proxy ?? url)
  );
}

const unreachable = [
  'EINVAL',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
];

/** A link-local address exists on every interface; without a name the system uses any of them. */
function zoneTrouble(code: string, { url, proxy, zone }: Hop): Trouble | undefined {
  if (proxy !== undefined || !isLinkLocal(url)) return undefined;
  if (code === 'ENODEV')
    return passing(
      'network-interface-missing',
      `there is no interface ${zone}`,
      'List the interfaces with: ip addr',
    );
  if (zone !== undefined || !unreachable.includes(code)) return undefined;
  return passing(
    'network-interface-needed',
    `${url.host} is a link-local address, and cannot be reached without its interface`,
    `Write it with the interface, as in http://${url.hostname.replace(']', '%25eth0]')}/.`,
  );
}

interface Timeouts {
  readonly connectTimeoutMs: number;
  readonly stallTimeoutMs: number;
}

const askCertificate = ' Check whether it requires a client certificate, or another one (--cert).';

/** With a proxy, `url` is the proxy's. */
function connectionTrouble(code: string, url: URL, timeouts: Timeouts): Trouble | undefined {
  const seconds = (ms: number) => `${ms / 1000} s`;
  const reach = 'Check the address, the cable and the network (ip addr, ip route).';
  switch (code) {
    case 'ENOTFOUND':
      return passing(
        'name-unknown',
        `the name ${url.hostname} is not known to the name server`,
        'Check the name and /etc/resolv.conf, or use the IP address.',
      );
    case 'EAI_AGAIN':
      return passing(
        'name-server-silent',
        `no name server answers for ${url.hostname}`,
        'Check that the network is up (ip addr) and /etc/resolv.conf, or use the IP address.',
      );
    case 'ECONNREFUSED':
      return passing(
        'connection-refused',
        `${url.host} refuses the connection`,
        'Check that the server runs, and that the port is right.',
      );
    case 'ENETUNREACH':
      return passing('network-no-route', `there is no route to ${url.host}`, reach);
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
      return passing('network-host-unreachable', `${url.host} cannot be reached`, reach);
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return passing(
        'network-connect-timeout',
        `connecting to ${url.host} timed out after ${seconds(timeouts.connectTimeoutMs)}`,
        reach,
      );
    case 'UND_ERR_HEADERS_TIMEOUT':
      return passing(
        'server-stalled',
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
        'connection-closed',
        `${url.host} closed the connection`,
        // In TLS 1.3 a server reports a missing client certificate only after the handshake.
        `Check the server and the network.${url.protocol === 'https:' ? askCertificate : ''}`,
      );
    default:
      return undefined;
  }
}

function tlsTrouble(error: Error, code: string, hop: Hop): Trouble | undefined {
  if (!code.startsWith('ERR_SSL_') && code !== 'EPROTO') return undefined;
  return lasting(
    'tls-handshake-failed',
    `the TLS handshake with ${tlsPeer(error, hop).host} failed (${code})`,
    'Check the port, and whether the URL should begin with http://.',
  );
}

function protocolTrouble(error: Error, code: string, url: URL): Trouble {
  if (error instanceof HeadError) {
    return lasting(
      'http-response-invalid',
      `${url.host} sent an invalid HTTP response: ${error.message}`,
      'Fix the server, or what is between it and this machine, such as a proxy or a firewall.',
    );
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return lasting(
      'http-response-invalid',
      `${url.host} sent an HTTP response whose header is too long`,
      'Fix the server.',
    );
  }
  if (error.name === 'HTTPParserError') {
    return lasting(
      'not-http',
      `${url.host} did not send a valid HTTP response (${parserReason(error)}${excerpt(error)})`,
      'Check the port, and whether the URL should begin with https://.',
    );
  }
  // Other errors of the system (EADDRNOTAVAIL, ENETDOWN) come while an interface is being set up.
  return /^E[A-Z0-9]+$/.test(code)
    ? passing(
        'network-failed',
        `the connection to ${url.host} failed (${code})`,
        'Check the network (ip addr).',
      )
    : lasting(
        'network-failed',
        `the connection to ${url.host} failed (${code})`,
        'Check the server.',
      );
}

/** `Invalid header token`: the parser's message is a part of undici's. */
function parserReason({ message }: Error): string {
  return /\((.+)\)$/.exec(message)?.[1] ?? 'HTTP parser';
}

/** What the server sent where the parser gave up, within its line. */
function excerpt(error: Error): string {
  const { data = '' } = error as { data?: string };
  const [line = ''] = data.split(/[\r\n]/);
  return line === ''
    ? ''
    : `, at ${JSON.stringify(line.replace(/[^\x20-\x7e]/g, '?').slice(0, 60))}`;
}

function errorCode(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  if (name === 'HTTPParserError' && /EOF/.test(parserReason(error as Error)))
    return 'UND_ERR_SOCKET';
  return code ?? name;
}
