import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { translate } from '../../src/config/butane/translate.ts';
import { checkIgnitionConfig } from '../../src/config/check-ignition.ts';
import { unitFault } from '../../src/config/ignition/schema/unit-syntax.ts';
import { validateIgnition } from '../../src/config/ignition/validate.ts';
import { objectionToKeys } from '../../src/config/ignition/warnings/ssh-key.ts';
import { fetchAll } from '../../src/fetch/fetch-all.ts';
import { strictHead } from '../../src/fetch/http/lenient-head.ts';
import { openSource } from '../../src/fetch/open-source.ts';
import { readGivenFile } from '../../src/fetch/options/given-file.ts';
import { RetryBudget, TransientError } from '../../src/fetch/retry.ts';
import type { ByteSource } from '../../src/fetch/source.ts';
import { InputError } from '../../src/lib/errors.ts';
import { parseDuration } from '../../src/lib/quantities.ts';
import { readParameterFiles } from '../../src/parameters/parameter-files.ts';
import { firstbootScript } from '../../src/plan/firstboot.ts';
import { readBeginning } from '../../src/plan/image-beginning.ts';
import { imageSize } from '../../src/plan/image-size.ts';
import { fetchChecksum } from '../../src/verify/fetch-checksum.ts';
import { findSignature } from '../../src/verify/find-signature.ts';
import { hasty, never } from '../support/read.ts';
import { startServer } from '../support/servers.ts';

const mib = 1024 * 1024;
const directory = mkdtempSync(join(tmpdir(), 'limits-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A file of that content. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** A list of so many things, as an object of this form. */
const many = <T>(length: number, one: (index: number) => T) =>
  Array.from({ length }, (_, i) => one(i));
const ignition = { version: '3.5.0' };
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const login = { users: [{ name: 'core', passwordHash: '$6$salt$hash' }] };

const decoding = { memoryLimitBytes: 64 * mib, signal: never };

/**
 * How many of the last bytes of an xz file are asked for, each time, where index and footer together
 * take `size` times 4 bytes.
 */
async function endsAskedFor(size: number): Promise<number[]> {
  const footer = Buffer.alloc(12);
  footer.writeUInt32LE(size - 12 / 4 - 1, 4);
  footer.write('\x04YZ', 9);
  footer.writeUInt32LE(crc32(footer.subarray(4, 10)), 0);
  const asked: number[] = [];
  const source: ByteSource = {
    name: 'x',
    open: () => expect.unreachable(),
    async tail(lengthBytes) {
      // The second is not to be had.
      if (asked.push(lengthBytes) > 1) return undefined;
      return Buffer.concat([Buffer.alloc(lengthBytes - footer.length, 1), footer]);
    },
  };
  const beginning = { format: 'xz', firstBytes: footer, head: new Uint8Array(mib) } as const;
  // An index of nothing but ones is damaged.
  await imageSize(source, { ...beginning, compressedSizeBytes: 64 * mib }, never).catch((error) => {
    if (!(error instanceof InputError)) throw error;
  });
  return asked;
}

/** Of each: what is limited, the most that is taken, and what comes of more; '' for nothing. */
const limits: [string, number, (size: number) => unknown, RegExp][] = [
  [
    'bytes of a parameter file',
    8 * 1024,
    async (size) => {
      const files = mkdtempSync(join(directory, 'tmp-'));
      writeFileSync(join(files, 'selected_dev'), 'vda'.padEnd(size), { mode: 0o600 });
      await readParameterFiles(files);
    },
    /larger than 8 KiB/,
  ],
  [
    'seconds to wait for a server',
    999_999,
    (size) => (parseDuration(`${size}`) === size * 1000 ? '' : 'no time'),
    /no time/,
  ],
  [
    'bytes of a file that an option names',
    4 * mib,
    async (size) => {
      const value = file('given', Buffer.alloc(size));
      const origin = { kind: 'option', name: '--ca-file' } as const;
      await readGivenFile({ value, origin }, 'ca-file-unusable');
    },
    /larger than 4 MiB/,
  ],
  [
    'bytes of a checksum file',
    mib,
    async (size) => {
      const path = file('SUMS', `${'ab'.repeat(32)}  x\n`.padEnd(size, '\n'));
      await fetchChecksum(openSource(path, hasty), '/srv/x', never);
    },
    /at most 1 MiB/,
  ],
  [
    'bytes of a signature',
    mib,
    async (size) => {
      file(`image-${size}.sig`, Buffer.alloc(size, 0x89));
      const options = { required: false, source: hasty };
      const found = await findSignature(join(directory, `image-${size}`), options, never);
      return 'instead' in found ? found.instead.join() : '';
    },
    /at most 1 MiB/,
  ],
  [
    'bytes that are fetched, of a size that is told',
    5000,
    async (size) => {
      await fetchAll(openSource(file('x', Buffer.alloc(size)), hasty), 5000, never);
    },
    /it is 5001 bytes/,
  ],
  [
    'bytes that are fetched, of a size that nobody tells',
    5000,
    async (size) => {
      const files = { '/x': Buffer.alloc(size) };
      await using server = await startServer({ files, fault: () => ({ chunked: true }) });
      await fetchAll(openSource(`${server.url}/x`, hasty), 5000, never);
    },
    /it is larger/,
  ],
  [
    'bytes of a line for GRUB',
    8000,
    (size) => {
      const others = firstbootScript({ networkKcmdline: 'a' }).length - 1;
      const script = firstbootScript({ networkKcmdline: 'a'.repeat(size - others) });
      return script.length === size ? '' : 'another size';
    },
    /longer than GRUB accepts/,
  ],
  [
    'bytes of a line of a unit',
    2047,
    (size) => unitFault(`[A]\n${'a=é'.padEnd(size - 1, 'x')}\nb=\n`) ?? '',
    /line 2 of the unit is longer than 2047 bytes/,
  ],
  [
    'characters of SSH keys',
    64 * 1024,
    (size) => objectionToKeys('#'.padEnd(size))?.replace('there is no SSH key in it', '') ?? '',
    /longer than any SSH key/,
  ],
  [
    'values of an Ignition config',
    100_000,
    (size) => {
      // The whole, "ignition" and what is in it, and the list with its first element.
      const config = { ignition, x: many(size - 4, () => 0) };
      return (
        validateIgnition(bytesOf(config)).findings.find(({ path }) => path === '')?.message ?? ''
      );
    },
    /has more than 100000 values/,
  ],
  [
    'findings in an Ignition config',
    50,
    (size) => {
      const files = many(size, (index) => ({ path: `${index}` }));
      const { findings } = validateIgnition(
        bytesOf({ ignition, passwd: login, storage: { files } }),
      );
      return findings.find(({ path }) => path === '')?.message;
    },
    /^1 more from here on/,
  ],
  [
    'warnings of a config',
    10,
    (size) => {
      const files = many(size, (index) => ({ path: `/etc/${index}`, mode: 644 }));
      const config = bytesOf({ ignition, passwd: login, storage: { files } });
      const { warnings } = checkIgnitionConfig(config, 'x', undefined);
      return warnings.find((text) => !text.includes('is decimal')) ?? '';
    },
    /^1 more; /,
  ],
  [
    'bytes of YAML',
    16 * mib,
    (size) => {
      const { findings } = translate(
        Buffer.from('variant: fcos\nversion: 1.5.0\n#'.padEnd(size, 'x')),
      );
      return findings.map(({ message }) => message).join();
    },
    /it is larger than 16 MiB/,
  ],
  [
    'findings in YAML',
    50,
    (size) => {
      const keys = many(size, (index) => `zzzzzzzzzz${index}: 1\n`).join('');
      const { findings } = translate(Buffer.from(`variant: fcos\nversion: 1.5.0\n${keys}`));
      return findings.length <= 50 ? `${size - findings.length || ''}` : 'more';
    },
    /^1$/,
  ],
  [
    'bytes of the head of an answer',
    64 * 1024,
    (size) => {
      const head = Buffer.from(`HTTP/1.1 200 OK\nX: `.padEnd(size - 2, 'x').concat('\n\n'));
      const strict = strictHead(head);
      if (strict === undefined) return 'waits for more';
      return strict.equals(head) ? 'left to the parser' : '';
    },
    /left to the parser/,
  ],
  [
    'ms that a server may ask to wait',
    60_000,
    async (size) => {
      const stop = new AbortController();
      let waitsMs = 0;
      const budget = new RetryBudget({
        name: 'x',
        retryForMs: Infinity,
        backoff: () => 1,
        onWait: ({ nextTryMs }) => {
          waitsMs = nextTryMs;
          stop.abort(new Error('waits'));
        },
      });
      const busy = { code: 'http-try-later', why: 'busy', next: 'Wait.' } as const;
      const trouble = new TransientError(busy, { retryAfterMs: size });
      await budget.wait(trouble, stop.signal).catch(() => undefined);
      return waitsMs === size ? '' : `waits ${size - waitsMs} less`;
    },
    /waits 1 less/,
  ],
  [
    'bytes of a file that tell its format',
    64 * 1024,
    async (size) => {
      const source = openSource(file('beginning', Buffer.alloc(size, 1)), hasty);
      const { firstBytes } = await readBeginning(source, decoding);
      return firstBytes.length === size ? '' : `without ${size - firstBytes.length}`;
    },
    /^without 1$/,
  ],
  [
    'bytes of an image that is known whole by its beginning',
    mib - 1,
    async (size) => {
      const source = openSource(file('short', gzipSync(Buffer.alloc(size, 1))), hasty);
      const { sizeBytes } = await imageSize(source, await readBeginning(source, decoding), never);
      return sizeBytes === size ? '' : 'of unknown size';
    },
    /of unknown size/,
  ],
  [
    'times 4 bytes of an xz file’s end in one request',
    16 * 1024,
    async (size) => ((await endsAskedFor(size)).length === 1 ? '' : 'asked for again'),
    /asked for again/,
  ],
  [
    'times 4 bytes of an xz file’s end',
    4 * mib,
    async (size) => ((await endsAskedFor(size))[1] === size * 4 ? '' : 'done without'),
    /done without/,
  ],
];

test.each(limits)('%s: %d, and no more', async (_, limit, say, words) => {
  const said = async (size: number) => {
    try {
      return (await say(size)) ?? '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(await said(limit - 1)).toBe('');
  expect(await said(limit)).toBe('');
  expect(await said(limit + 1)).toMatch(words);
});
