import type { Random } from '../support/random.ts';
import type { Fault, ServedFile } from '../support/servers.ts';

/** What the faults of one round are about. */
export interface Served {
  readonly path: string;
  readonly file: ServedFile;
  /** Another version of it, as good as the first. */
  readonly newer: Uint8Array;
}

type FaultMaker = (random: Random, served: Served) => Fault;

const kinds: Readonly<Record<string, FaultMaker>> = {
  cut: (random, { file }) => ({ cutAfterBytes: random.below(file.bytes.length + 1) }),
  reset: (random, { file }) => ({
    cutAfterBytes: random.below(file.bytes.length + 1),
    reset: true,
  }),
  stall: (random, { file }) => ({ stallAfterBytes: random.below(file.bytes.length) }),
  silent: () => ({ silent: true }),
  drip: (random, { file }) => ({
    drip: { pieceBytes: Math.ceil(file.bytes.length / random.between(2, 30)), everyMs: 1 },
    ...(random.chance(0.3) ? { cutAfterBytes: random.below(file.bytes.length) } : {}),
  }),
  'server error': (random) => ({
    status: random.pick([500, 502, 503, 504, 408, 425, 429]),
    headers: random.chance(0.3) ? { 'Retry-After': random.pick(['0', '1', 'soon', '-1']) } : {},
  }),
  refusal: (random) => ({ status: random.pick([400, 401, 403, 404, 410, 451, 204, 304]) }),
  'wrong Content-Range': (random, { file }) => ({
    headers: { 'Content-Range': wrongRange(random, file.bytes.length) },
    ignoreIfRange: true,
  }),
  'wrong Content-Length': (random, { file }) => ({
    contentLength: random.pick([
      0,
      random.below(file.bytes.length),
      file.bytes.length + random.between(1, 100_000),
      'none',
    ]),
  }),
  'odd Content-Length': (random) => ({
    headers: { 'Content-Length': random.pick(['-1', '1e3', '99999999999999999999', '7, 8', 'x']) },
  }),
  'no ranges': (random, { file }) => ({
    noRanges: true,
    ...(random.chance(0.5) ? { cutAfterBytes: random.below(file.bytes.length) } : {}),
  }),
  'ignores If-Range': (_, { newer }) => ({
    file: { bytes: newer, etag: '"newer"' },
    ignoreIfRange: true,
  }),
  'other ETag': (_, { file }) => ({ headers: { ETag: '"another"' }, ignoreIfRange: !file.etag }),
  'no validator': () => ({ headers: { ETag: '', 'Last-Modified': '' } }),
  'weak ETag': () => ({ headers: { ETag: 'W/"weak"' } }),
  'newer file': (_, { newer }) => ({ file: { bytes: newer, etag: '"newer"' } }),
  'newer file, same ETag': (_, { file, newer }) => ({ file: { ...file, bytes: newer } }),
  'damaged file': (random, { file }) => ({ file: { ...file, bytes: damaged(random, file.bytes) } }),
  'truncated file': (random, { file }) => ({
    file: { ...file, bytes: file.bytes.subarray(0, random.below(file.bytes.length)) },
  }),
  'content encoding': (random) => ({
    headers: {
      'Content-Encoding': random.pick(['gzip', 'br', 'deflate', 'identity', 'gzip, gzip']),
    },
  }),
  'sloppy header': () => ({ sloppy: true }),
  'redirect in a circle': (_, { path }) => ({ redirectTo: path }),
  'redirect elsewhere': (random) => ({
    redirectTo: random.pick([
      '/nothing',
      'ftp://127.0.0.1/x',
      'http://127.0.0.1:1/',
      '//',
      'http:',
    ]),
  }),
  'HTTP/1.0': () => ({ http10: true, headers: { Connection: '' } }),
  'HTTP/1.0 without length': (random, { file }) => ({
    http10: true,
    contentLength: 'none',
    ...(random.chance(0.5) ? { cutAfterBytes: random.below(file.bytes.length) } : {}),
  }),
  chunked: (random, { file }) => ({
    chunked: true,
    ...(random.chance(0.5) ? { cutAfterBytes: random.below(file.bytes.length) } : {}),
  }),
  'not HTTP': (random) => ({
    raw: random.pick([
      'SSH-2.0-OpenSSH_9.2\r\n',
      '',
      '\0\x01\x02',
      'HTTP/1.1 200 OK\r\nContent-Le',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      'HTTP/1.1 20x OK\r\n\r\n',
      `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`,
    ]),
  }),
};

export const faultKinds = Object.keys(kinds);

export function randomFault(random: Random, served: Served): { kind: string; fault: Fault } {
  const kind = random.pick(faultKinds);
  return { kind, fault: (kinds[kind] as FaultMaker)(random, served) };
}

function wrongRange(random: Random, size: number): string {
  const number = () => random.below(size * 2);
  return random.pick([
    '',
    'bytes',
    'bytes */*',
    `bytes ${number()}-${number()}/${size}`,
    `bytes ${number()}-${size - 1}/${size}`,
    `bytes 0-${size - 1}/*`,
    `bytes ${number()}-${number()}/${number()}`,
    `items 0-${size - 1}/${size}`,
  ]);
}

function damaged(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let count = random.between(1, 4); count > 0; count -= 1) {
    const at = random.below(copy.length);
    copy[at] = (copy[at] as number) ^ (1 << random.below(8));
  }
  return copy;
}
