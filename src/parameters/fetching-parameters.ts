import { checkDuration, checkPath, checkProxy, checkText, objectionToDuration } from './formats.ts';
import type { FlagParameter, ValueParameter } from './parameter-kinds.ts';

/** How things are fetched: a part of the list of parameters. */
export const fetchingParameters = {
  retryFor: {
    label: 'Retry for',
    option: '--retry-for <time>',
    help: 'wait for a server: 90s, 5m, 2h; 0: forever (60s)',
    file: 'retry_for',
    argument: 'coreos.inst.retry_for',
    fetching: true,
    objection: objectionToDuration,
    check: checkDuration,
  },
  proxy: {
    label: 'Proxy',
    option: '--proxy <url>',
    help: 'fetch through this HTTP proxy: http://host:3128',
    file: 'proxy_url',
    argument: 'coreos.inst.proxy',
    fetching: true,
    check: checkProxy,
  },
  noProxy: {
    label: 'No proxy for',
    option: '--noproxy <list>',
    help: 'hosts, domains, networks to reach without a proxy',
    file: 'no_proxy',
    argument: 'coreos.inst.noproxy',
    fetching: true,
    // In place of a list in the environment, as for curl.
    mayBeEmpty: true,
    check: checkText,
  },
  caFile: {
    label: 'CA certificates',
    option: '--ca-file <file>',
    help: 'also trust the CA certificates in this file (PEM)',
    file: 'ca_file',
    argument: 'coreos.inst.ca_file',
    fetching: true,
    check: checkPath,
  },
  certFile: {
    label: 'Certificate',
    option: '--cert <file>',
    help: 'client certificate, if servers ask for one (PEM)',
    file: 'cert_file',
    argument: 'coreos.inst.cert',
    fetching: true,
    check: checkPath,
  },
  keyFile: {
    label: 'Key',
    option: '--key <file>',
    help: 'its private key, if that is in another file',
    file: 'key_file',
    argument: 'coreos.inst.key',
    fetching: true,
    check: checkPath,
  },
  headerFile: {
    label: 'Header fields',
    option: '--header-file <file>',
    help: 'HTTP header fields to send, one per line (tokens)',
    file: 'header_file',
    argument: 'coreos.inst.header_file',
    fetching: true,
    check: checkPath,
  },
} as const satisfies Readonly<Record<string, ValueParameter | FlagParameter>>;
