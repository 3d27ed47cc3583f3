import { STATUS_CODES } from 'node:http';
import { notFoundCode, type Purpose } from '../source.ts';
import { lasting, passing, type Trouble } from './trouble.ts';

export interface Asked {
  /** Whether a user name and password were sent; `withheld`: what was given is for the origin that redirects here. */
  readonly login: 'sent' | 'withheld' | 'none';
  /** The schemes that the server offers with 401; empty where it does not say. */
  readonly schemes: readonly string[];
  readonly purpose: Purpose | undefined;
}

/** Explains a status that is neither success nor redirect. */
export function statusTrouble(status: number, asked: Asked): Trouble {
  // The server's own status text is left out: it could carry control characters to the console.
  const code = `${status} ${STATUS_CODES[status] ?? ''}`.trim();
  if (status >= 500) {
    return passing(
      'http-server-error',
      `the server reports an error (${code})`,
      "Check the server's log.",
    );
  }
  switch (status) {
    case 401:
      return loginTrouble(code, asked);
    case 403:
      return lasting(
        'http-forbidden',
        `the server denies access (${code})`,
        "Check the URL and the file's permissions on the server.",
      );
    case 404:
    case 410:
      return lasting(
        notFoundCode(asked.purpose),
        `the server has no such file (${code})`,
        'Check the URL, and that the file is where the server looks for it.',
      );
    case 408:
    case 425:
    case 429:
      return passing(
        'http-try-later',
        `the server asks to try again later (${code})`,
        'Try again later.',
      );
    case 400:
      return lasting(
        'http-bad-request',
        `the server does not understand the request (${code})`,
        'Check the URL. With https://, check whether the server requires a client certificate (--cert).',
      );
    default:
      return lasting(
        'http-unexpected-status',
        `the server answers with ${code}`,
        'Check the URL and the server.',
      );
  }
}

function loginTrouble(code: string, { login, schemes }: Asked): Trouble {
  const isBasic = schemes.length === 0 || schemes.some((scheme) => /^basic$/i.test(scheme));
  if (!isBasic)
    return lasting(
      login === 'sent' ? 'http-login-refused' : 'http-login-required',
      `the server asks for a login by ${schemes.join(', ')} (${code})`,
      'A user name and password are only sent as Basic authentication: switch that on at the server, or put a token into a --header-file.',
    );
  if (login === 'sent')
    return lasting(
      'http-login-refused',
      `the server refuses the user name and password (${code})`,
      'Check them.',
    );
  return lasting(
    'http-login-required',
    `the server asks for a user name and password (${code})`,
    login === 'withheld'
      ? 'User name, password and header fields are only sent to the scheme, host and port of the URL that is given: give the one that it redirects to.'
      : 'Put them into the URL, before the host (user:password@host), or a token into a --header-file.',
  );
}
