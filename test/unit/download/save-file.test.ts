import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { saveFile } from '../../../src/download/save-file.ts';
import type { SaveOptions, SaveProgress } from '../../../src/download/save-options.ts';
import type { FileToSave } from '../../../src/download/what-to-verify.ts';
import { failure } from '../../support/failure.ts';
import { limitedTmpfs } from '../../support/limited-tmpfs.ts';
import { lacksRoot } from '../../support/needs.ts';
import { builder, type Publisher } from '../../support/openpgp.ts';
import { digest, hasty, never, noise } from '../../support/read.ts';
import { type Fault, type ServedFile, startServer } from '../../support/servers.ts';

const image = noise(1_234_567);
const etag = '"one"';
const path = '/a/image.raw';
const workDirectory = mkdtempSync(join(tmpdir(), 'save-file-'));
const keyringPath = join(workDirectory, 'keyring');
let them: Publisher;
let signature: Buffer;
let directory: string;

beforeAll(async () => {
  them = await builder(keyringPath);
  signature = await them.sign(image, 'builder');
});
afterAll(async () => {
  await them[Symbol.asyncDispose]();
  rmSync(workDirectory, { recursive: true });
});
beforeEach(() => {
  directory = mkdtempSync(join(workDirectory, 'to-'));
});

const options = (more: Partial<SaveOptions> = {}): SaveOptions => ({
  directory,
  decompress: false,
  insecure: false,
  keyring: { value: keyringPath, origin: { kind: 'option', name: '--keyring' } },
  source: hasty,
  signal: never,
  jobs: 2,
  memoryLimitBytes: 128 * 1024 * 1024,
  onProgress: () => undefined,
  ...more,
});

const file = (url: string, more: Partial<FileToSave> = {}): FileToSave => ({
  url: { value: url, origin: { kind: 'option', name: '--image-url' } },
  signatureUrl: undefined,
  sha256: undefined,
  ...more,
});

/** The image's requests go wrong as told, one after the other; its signature is always there. */
async function serve(
  faults: readonly Fault[] = [],
  bytes: ServedFile = { bytes: image, etag },
  isSigned = true,
) {
  let index = 0;
  return await startServer({
    files: { [path]: bytes, ...(isSigned && { [`${path}.sig`]: signature }) },
    fault: (_, { url }) => (url === path ? faults[index++] : undefined),
  });
}

const saved = (name = 'image.raw') => readFileSync(join(directory, name));
const names = () => readdirSync(directory).toSorted();
test('the file and its signature are there, and nothing else', async () => {
  await using server = await serve();
  const progress: SaveProgress[] = [];
  const result = await saveFile(
    file(`${server.url}${path}`, { sha256: digest(image) }),
    options({ onProgress: (one) => progress.push(one) }),
  );
  expect(names()).toEqual(['image.raw', 'image.raw.sig']);
  expect(digest(saved())).toBe(digest(image));
  expect(saved('image.raw.sig')).toEqual(signature);
  expect(result).toMatchObject({
    path: join(directory, 'image.raw'),
    signaturePath: join(directory, 'image.raw.sig'),
    verified: { sha256: digest(image), signers: [{ verdict: 'good' }] },
    wasThere: false,
    warnings: [],
  });
  expect(progress.at(-1)).toEqual({ receivedBytes: image.length, sizeBytes: image.length });
});

test.each([
  [0o002, 0o644],
  [0o022, 0o644],
  [0o077, 0o600],
])('with the umask %i the pair is its own again in the next run', async (umask, mode) => {
  const before = process.umask(umask);
  try {
    await using server = await serve();
    const wanted = file(`${server.url}${path}`);
    await saveFile(wanted, options());
    for (const name of ['image.raw', 'image.raw.sig'])
      expect(statSync(join(directory, name)).mode & 0o777).toBe(mode);
    expect(await saveFile(wanted, options())).toMatchObject({ wasThere: true });
  } finally {
    process.umask(before);
  }
});

test('a good pair is verified, and not fetched again; a damaged one is', async () => {
  await using server = await serve();
  const wanted = file(`${server.url}${path}`);
  await saveFile(wanted, options());
  const { length } = server.requests;
  expect(await saveFile(wanted, options())).toMatchObject({ wasThere: true });
  expect(server.requests).toHaveLength(length);
  const damaged = saved();
  damaged[5] = (damaged[5] ?? 0) ^ 1;
  writeFileSync(join(directory, 'image.raw'), damaged);
  expect(await saveFile(wanted, options())).toMatchObject({ wasThere: false });
  expect(digest(saved())).toBe(digest(image));
});

test('a good pair of another server is another file, where that may be', async () => {
  const other = noise(1_000_001);
  const otherSignature = await them.sign(other, 'builder');
  await using server = await serve();
  await using second = await startServer({
    files: { [path]: { bytes: other }, [`${path}.sig`]: otherSignature },
  });
  const mayBeAnother = options({ mayBeAnother: true });
  await saveFile(file(`${server.url}${path}`), mayBeAnother);
  const again = await saveFile(file(`${server.url}${path}`), mayBeAnother);
  expect(again).toMatchObject({ wasThere: true });
  const result = await saveFile(file(`${second.url}${path}`), mayBeAnother);
  expect(result).toMatchObject({ wasThere: false, verified: { sha256: digest(other) } });
  expect(digest(saved())).toBe(digest(other));
  expect(saved('image.raw.sig')).toEqual(otherSignature);
});

test.each<[string, (path: string) => void]>([
  ['can be changed by others', (at) => chmodSync(at, 0o666)],
  [
    'is a link',
    (at) => {
      renameSync(at, `${at}.real`);
      symlinkSync(`${at}.real`, at);
    },
  ],
])('a good file that %s is fetched again', async (_, change) => {
  await using server = await serve();
  const wanted = file(`${server.url}${path}`);
  await saveFile(wanted, options());
  change(join(directory, 'image.raw'));
  expect(await saveFile(wanted, options())).toMatchObject({ wasThere: false });
  expect(lstatSync(join(directory, 'image.raw')).mode & 0o022).toBe(0);
  expect(digest(saved())).toBe(digest(image));
});

test('a signature of an older file does not stay next to a new one without', async () => {
  await using server = await serve([], undefined, false);
  writeFileSync(join(directory, 'image.raw.sig'), signature.subarray(1));
  const quick = { ...hasty, retryForMs: 1 };
  await saveFile(file(`${server.url}${path}`), options({ insecure: true, source: quick }));
  expect(names()).toEqual(['image.raw']);
});

test('another server than that of the metadata gets no token', async () => {
  await using server = await serve();
  const headers = { 'x-token': 's3cret' };
  const source = { ...hasty, headers };
  await saveFile(file(`${server.url}${path}`, { isElsewhere: true }), options({ source }));
  expect(server.requests.length).toBeGreaterThan(1);
  for (const request of server.requests) expect(request.headers['x-token']).toBeUndefined();
  rmSync(join(directory, 'image.raw'));
  await saveFile(file(`${server.url}${path}`), options({ source }));
  expect(server.requests.at(-1)?.headers['x-token']).toBe('s3cret');
});

test('a digest from metadata without TLS is no reason to be silent', async () => {
  await using server = await serve([], undefined, false);
  const known = { sha256: digest(image) };
  const save = (more: Partial<FileToSave>) =>
    saveFile(
      file(`${server.url}${path}`, { ...known, ...more }),
      options({ insecure: true, source: { ...hasty, retryForMs: 1 } }),
    );
  expect((await save({ isUnproven: true })).warnings).toEqual([
    expect.stringMatching(/is not verified/),
  ]);
  rmSync(join(directory, 'image.raw'));
  expect((await save({})).warnings).toEqual([]);
});

test('a good file that is not the one in the metadata is fetched again', async () => {
  await using server = await serve();
  await saveFile(file(`${server.url}${path}`), options());
  const other = saveFile(file(`${server.url}${path}`, { sha256: digest(noise(5)) }), options());
  await expect(other).rejects.toThrow(failure('digest-mismatch'));
  // What was there stays.
  expect(digest(saved())).toBe(digest(image));
});

describe('what is not good has no final name', () => {
  test.each<[string, Partial<FileToSave>, () => ServedFile, Parameters<typeof failure>[0]]>([
    ['another file', {}, () => ({ bytes: noise(1000) }), 'signature-mismatch'],
    ['another digest', { sha256: digest(noise(1)) }, () => ({ bytes: image }), 'digest-mismatch'],
  ])('%s', async (_, more, bytes, code) => {
    await using server = await serve([], bytes());
    const wrong = saveFile(file(`${server.url}${path}`, more), options());
    await expect(wrong).rejects.toThrow(failure(code));
    expect(names()).toEqual([]);
  });

  test('no signature, unless that is allowed', async () => {
    await using server = await startServer({ files: { [path]: image } });
    const wanted = file(`${server.url}${path}`);
    const quick = { ...hasty, retryForMs: 1 };
    const unsigned = saveFile(wanted, options({ source: quick }));
    await expect(unsigned).rejects.toThrow(failure('signature-missing'));
    expect(names()).toEqual([]);
    const taken = await saveFile(wanted, options({ source: quick, insecure: true }));
    expect(taken.warnings).toEqual([expect.stringMatching(/is not verified/)]);
    expect(taken.signaturePath).toBeUndefined();
    expect(names()).toEqual(['image.raw']);
  });

  test('a wrong signature, allowed or not', async () => {
    await using server = await serve([], { bytes: noise(1000) });
    const wrong = saveFile(file(`${server.url}${path}`), options({ insecure: true }));
    await expect(wrong).rejects.toThrow(failure('signature-mismatch'));
    expect(names()).toEqual([]);
  });
});

test('the signature is where the metadata says', async () => {
  await using server = await startServer({ files: { [path]: image, '/elsewhere': signature } });
  const wanted = file(`${server.url}${path}`, { signatureUrl: `${server.url}/elsewhere` });
  expect((await saveFile(wanted, options())).verified.signers).toHaveLength(1);
  expect(saved('image.raw.sig')).toEqual(signature);
});

describe('what an earlier run has got', () => {
  /** One server, whose first answer stops; what follows is told. */
  async function twice(
    rest: readonly Fault[],
    change: (partialPath: string) => void = () => undefined,
    more: Partial<SaveOptions> = {},
  ) {
    const faults = [{ stallAfterBytes: 1_000_000 }, ...rest];
    await using server = await serve(faults, undefined, !more.insecure);
    const wanted = file(`${server.url}${path}`);
    const once = options({ ...more, source: { ...hasty, retries: 0 } });
    await expect(saveFile(wanted, once)).rejects.toThrow(failure('server-stalled'));
    change(join(directory, '.image.raw.partial'));
    const error = await saveFile(wanted, options(more)).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const ranges = server.requests
      .filter((one) => one.path === path)
      .map(({ headers }) => headers.range);
    return { error, ranges };
  }

  test('by another URL is another file', async () => {
    await twice([{ stallAfterBytes: 1_000_000 }]);
    await using server = await serve();
    await saveFile(file(`${server.url}${path}`), options());
    expect(server.requests.find((one) => one.path === path)?.headers.range).toBeUndefined();
    expect(digest(saved())).toBe(digest(image));
  });

  test('the rest is asked for, and all of it is verified', async () => {
    const { error, ranges } = await twice([]);
    expect(error).toBeUndefined();
    expect(ranges).toEqual([undefined, 'bytes=1000000-']);
    expect(digest(saved())).toBe(digest(image));
    expect(names()).toEqual(['image.raw', 'image.raw.sig']);
  });

  test.each<[string, Fault]>([
    ['has no ranges', { noRanges: true }],
    ['has another version', { file: { bytes: image, etag: '"two"' } }],
    ['hands out another part', { headers: { 'Content-Range': 'bytes 999999-1234566/1234567' } }],
    ['names another version all the same', { headers: { ETag: '"two"' } }],
  ])('all is fetched where the server %s', async (_, fault) => {
    const { error } = await twice([fault]);
    expect(error).toBeUndefined();
    expect(digest(saved())).toBe(digest(image));
  });

  test('all is fetched where the part is damaged, once', async () => {
    const { error, ranges } = await twice([], (partial) => {
      const bytes = readFileSync(partial);
      bytes[17] = (bytes[17] ?? 0) ^ 1;
      writeFileSync(partial, bytes);
    });
    expect(error).toBeUndefined();
    expect(ranges).toEqual([undefined, 'bytes=1000000-', undefined]);
    expect(digest(saved())).toBe(digest(image));
  });

  test('a part that is as long as the file, or longer, is no trouble', async () => {
    const { error, ranges } = await twice([], (partial) =>
      writeFileSync(partial, Buffer.concat([image, noise(10)])),
    );
    expect(error).toBeUndefined();
    expect(ranges.at(-1)).toBe(`bytes=${image.length - 1}-`);
    expect(digest(saved())).toBe(digest(image));
  });

  test.each<[string, (partial: string) => void]>([
    ['is gone', (partial) => rmSync(partial)],
    ['is empty', (partial) => writeFileSync(partial, '')],
    [
      'has a fifo as its note',
      (partial) => {
        rmSync(`${partial}.json`);
        execFileSync('mkfifo', [`${partial}.json`]);
      },
    ],
    ['has a note that is none', (partial) => writeFileSync(`${partial}.json`, '{"url": 5}')],
    ['has a note that is half', (partial) => writeFileSync(`${partial}.json`, '{"url"')],
    ['can be written by others', (partial) => chmodSync(partial, 0o666)],
    ['has a second name', (partial) => linkSync(partial, join(directory, 'second-name'))],
    [
      'is a link',
      (partial) => {
        rmSync(partial);
        writeFileSync(join(directory, 'precious'), image.subarray(0, 1_000_000));
        symlinkSync(join(directory, 'precious'), partial);
      },
    ],
  ])('a part that %s is of no use', async (_, change) => {
    const { error, ranges } = await twice([], change);
    expect(error).toBeUndefined();
    expect(ranges).toEqual([undefined, undefined]);
    expect(digest(saved())).toBe(digest(image));
    const precious = join(directory, 'precious');
    if (existsSync(precious)) expect(statSync(precious).size).toBe(1_000_000);
  });

  test('without anything to verify it with it is fetched again', async () => {
    const { error, ranges } = await twice([], undefined, { insecure: true });
    expect(error).toBeUndefined();
    expect(ranges).toEqual([undefined, undefined]);
  });
});

describe('decompressed', () => {
  const zeros = Buffer.alloc(2_000_001);
  const contents = Buffer.concat([noise(300_001), zeros, noise(70_000)]);

  const pack = (command: string) =>
    execFileSync(command, ['-c', '-q'], { input: contents, maxBuffer: 1e8 });

  test.each([
    ['xz', 'xz'],
    ['gzip', 'gz'],
    ['zstd', 'zst'],
  ])('by %s: the file alone, with its zeros as holes', async (command, suffix) => {
    const bytes = pack(command);
    const served = `/image.raw.${suffix}`;
    await using server = await startServer({
      files: { [served]: bytes, [`${served}.sig`]: await them.sign(bytes, 'builder') },
    });
    await saveFile(file(`${server.url}${served}`), options({ decompress: true }));
    expect(names()).toEqual(['image.raw']);
    expect(digest(saved())).toBe(digest(contents));
    expect(statSync(join(directory, 'image.raw')).blocks * 512).toBeLessThan(2_000_000);
  });

  test('what is damaged, or wrongly signed, leaves nothing', async () => {
    const bytes = pack('xz');
    const served = '/image.raw.xz';
    const right = await them.sign(bytes, 'builder');
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await using server = await startServer({
      files: { [served]: bytes, [`${served}.sig`]: right },
    });
    const wrong = saveFile(file(`${server.url}${served}`), options({ decompress: true }));
    await expect(wrong).rejects.toThrow();
    expect(names()).toEqual([]);
  });

  test('one that ends early is said to, before it is decoded', async () => {
    const bytes = pack('xz').subarray(0, -1000);
    const served = '/image.raw.xz';
    await using server = await startServer({
      files: { [served]: bytes, [`${served}.sig`]: await them.sign(bytes, 'builder') },
    });
    const wrong = saveFile(file(`${server.url}${served}`), options({ decompress: true }));
    await expect(wrong).rejects.toThrow(failure('image-truncated'));
    expect(names()).toEqual([]);
  });

  test('a file that only has the name of one is refused', async () => {
    const served = '/image.raw.xz';
    await using server = await startServer({
      files: { [served]: image, [`${served}.sig`]: signature },
    });
    const wrong = saveFile(file(`${server.url}${served}`), options({ decompress: true }));
    await expect(wrong).rejects.toThrow(failure('image-format-unsupported'));
    expect(names()).toEqual([]);
  });

  test('what is not packed is saved as it is', async () => {
    await using server = await serve();
    await saveFile(file(`${server.url}${path}`), options({ decompress: true }));
    expect(names()).toEqual(['image.raw', 'image.raw.sig']);
  });
});

test('one run at a time has a file', async () => {
  await using server = await serve([{ stallAfterBytes: 500_000 }]);
  const wanted = file(`${server.url}${path}`);
  const stop = new AbortController();
  let second: Promise<unknown> | undefined;
  const first = saveFile(
    wanted,
    options({
      signal: stop.signal,
      source: { ...hasty, stallTimeoutMs: 60_000 },
      onProgress: () => {
        second ??= saveFile(wanted, options())
          .catch((error: unknown) => error)
          .finally(() => stop.abort(new Error('interrupted')));
      },
    }),
  );
  await expect(first).rejects.toThrow('interrupted');
  expect(await second).toEqual(failure('output-in-use'));
  await saveFile(wanted, options());
  expect(digest(saved())).toBe(digest(image));
});

test('an interrupted run ends at once, and keeps what it has', async () => {
  await using server = await serve([{ stallAfterBytes: 500_000 }]);
  const stop = new AbortController();
  const run = saveFile(
    file(`${server.url}${path}`),
    options({
      signal: stop.signal,
      source: { ...hasty, stallTimeoutMs: 60_000 },
      onProgress: ({ receivedBytes }) => {
        if (receivedBytes === 500_000) stop.abort(new Error('interrupted'));
      },
    }),
  );
  await expect(run).rejects.toThrow('interrupted');
  expect(names()).toEqual(['.image.raw.partial', '.image.raw.partial.json']);
  expect(statSync(join(directory, '.image.raw.partial')).size).toBe(500_000);
});

test.each([
  ['is not there', (at: string) => join(at, 'missing')],
  ['is a file', () => keyringPath],
])('a directory that %s is told, before anything is fetched', async (_, place) => {
  await using server = await serve();
  const wanted = file(`${server.url}${path}`);
  const lost = saveFile(wanted, options({ directory: place(directory) }));
  await expect(lost).rejects.toThrow(failure('output-failed'));
  expect(server.requests.filter((one) => one.path === path)).toEqual([]);
});

describe.skipIf(lacksRoot())('a file system without room', () => {
  test('is told before anything of the file is written', async () => {
    await using tmpfs = await limitedTmpfs(1_000_000);
    await using server = await serve();
    const wanted = file(`${server.url}${path}`);
    const lost = saveFile(wanted, options({ directory: tmpfs.path }));
    await expect(lost).rejects.toThrow(failure('output-no-space'));
    expect(statSync(join(tmpfs.path, '.image.raw.partial')).size).toBe(0);
  });

  test('and also where the size is known only at the end', async () => {
    await using tmpfs = await limitedTmpfs(1_000_000);
    await using server = await serve([{ chunked: true }]);
    const wanted = file(`${server.url}${path}`);
    const lost = saveFile(wanted, options({ directory: tmpfs.path }));
    await expect(lost).rejects.toThrow(failure('output-no-space'));
  });
});
