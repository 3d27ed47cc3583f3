import { isIPv4 } from 'node:net';
import { ParameterError } from '../../lib/errors.ts';

/**
 * What goes into generated configs. Each value has a form in which no config language reads more than
 * the value: no quotes, spaces, semicolons, braces, commas or line ends.
 */
const forms = {
  /** Of a server. The boot file of a DHCP answer has 127 bytes, and the name of a loader follows. */
  url: {
    fits: (text: string) =>
      /^https?:\/\/(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?$/i.test(text) &&
      URL.canParse(text) &&
      text.length <= 90,
    wrong: 'it is no URL such as http://192.0.2.1:8080, without a path, of at most 90 characters',
  },
  path: {
    fits: (text: string) => /^\/[\w./+@-]+$/.test(text),
    wrong: 'it must be an absolute path of letters, digits and ._+@-/',
  },
  interface: {
    fits: (text: string) => /^[A-Za-z0-9][\w.-]{0,14}$/.test(text),
    wrong: 'it is no name of a network interface',
  },
  address: { fits: (text: string) => isIPv4(text), wrong: 'it is no IPv4 address' },
  port: {
    fits: (text: string) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535,
    wrong: 'it is no port from 1 to 65535',
  },
  containerImage: {
    fits: (text: string) => /^[\w.-]+(?::\d+)?(?:\/[\w.-]+)+(?:[:@][\w.:-]+)?$/.test(text),
    wrong: 'it is no image with a registry, such as docker.io/library/nginx:stable',
  },
} as const;

/** The value itself; throws a `ParameterError` where it has another form. */
export function checked(form: keyof typeof forms, value: string): string {
  if (forms[form].fits(value)) return value;
  throw refused(value, forms[form].wrong);
}

export function refused(value: string, why: string): ParameterError {
  return new ParameterError({
    code: 'invalid-network-value',
    failed: `Cannot use ${JSON.stringify(value)}`,
    why,
    next: 'Correct the option, or fleet.yaml.',
  });
}
