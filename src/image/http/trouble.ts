import { STATUS_CODES } from 'node:http';

/** Why a request failed, in words, and whether the same request may succeed a little later. */
export interface Trouble {
  readonly why: string;
  readonly next: string;
  readonly transient: boolean;
}

const passing = (why: string, next: string): Trouble => ({ why, next, transient: true });
const lasting = (why: string, next: string): Trouble => ({ why, next, transient: false });

/** Explains a status that is neither success nor redirect. */
export function statusTrouble(status: number, withPassword: boolean): Trouble {
  // The server's own status text is left out: it could carry control characters to the console.
  const code = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  if (status >= 500) {
    return passing(`the server has a problem (${code})`, "Look into the server's log.");
  }
  switch (status) {
    case 401:
      return withPassword
        ? lasting(`the server refuses the user name and password (${code})`, 'Check them.')
        : lasting(
            `the server asks for a user name and password (${code})`,
            'Put them into the URL: https://user:password@host/path.',
          );
    case 403:
      return lasting(
        `the server refuses to hand it out (${code})`,
        "Check the URL and the file's permissions on the server.",
      );
    case 404:
    case 410:
      return lasting(
        `the server has no such file (${code})`,
        'Check the URL: is the name right, and is the file where the server looks for it?',
      );
    case 408:
    case 425:
    case 429:
      return passing(`the server asks to come back later (${code})`, 'Try again later.');
    default:
      return lasting(`the server answers with ${code}`, 'Check the URL and the server.');
  }
}

/** Explains an error of the network, the TLS layer or the HTTP parser. */
export function networkTrouble(
  error: unknown,
  url: URL,
  timeouts: { readonly connectTimeoutMs: number; readonly stallTimeoutMs: number },
): Trouble {
  const code = errorCode(error);
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
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return passing(`${url.host} closed the connection`, 'Check the server and the network.');
    default:
      return certificateTrouble(code, url) ?? protocolTrouble(code, url);
  }
}

function certificateTrouble(code: string, url: URL): Trouble | undefined {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return lasting(
        `the certificate of ${url.host} has expired`,
        `Renew it. Or is this machine's clock wrong? It says ${clock()}.`,
      );
    case 'CERT_NOT_YET_VALID':
      return lasting(
        `the certificate of ${url.host} is not valid yet`,
        `Is this machine's clock right? It says ${clock()}. Set it with: date -s`,
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return lasting(
        `the certificate is not for ${url.hostname}`,
        'Use the name that stands in the certificate.',
      );
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return lasting(
        `the certificate of ${url.host} is not from an authority that this machine knows`,
        "Add the authority's certificate to the system's store, or serve the file by http://.",
      );
    default:
      return /CERT|CRL|CA_|UNABLE_TO|KEY_TOO_SMALL|MD_TOO_WEAK/.test(code)
        ? lasting(`the certificate of ${url.host} is refused (${code})`, 'Correct it.')
        : undefined;
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

function clock(): string {
  return new Date().toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
}
