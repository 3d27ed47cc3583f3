import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../../src/commands/parse.ts';
import { formatDigest } from '../../../src/lib/digest.ts';
import { ParameterError } from '../../../src/lib/errors.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import {
  type ParameterFiles,
  readParameterFiles,
} from '../../../src/parameters/parameter-files.ts';
import {
  type ParameterOptions,
  type Parameters,
  parameterKeys,
  type ValueKey,
  valueParameters,
} from '../../../src/parameters/parameters.ts';
import { resolveParameters } from '../../../src/parameters/resolve.ts';
import { disagreements, everyCombination } from '../../support/combinations.ts';

const sha = (pair: string) => `sha256:${pair.repeat(32)}`;

/** Every parameter: its option, its file, its kernel argument, and three values, each for one. */
const uuid = (last: number) => `0e5b8f3c-7a41-5c56-9b8e-2f60d1c7a90${last}`;

const values: [keyof Parameters, string, string, string, string, string, string][] = [
  ['device', '-d', 'selected_dev', 'install_dev', '/dev/o', '/dev/f', '/dev/k'],
  ['ignitionUrl', '-i', 'ignition_url', 'ignition_url', 'http://o/', 'http://f/', 'http://k/'],
  ['imageUrl', '-b', 'image_url', 'image_url', 'http://o/x', 'http://f/x', 'http://k/x'],
  ['stream', '-s', 'stream', 'stream', 'stable', 'testing', 'http://k/'],
  [
    'streamBaseUrl',
    '--stream-base-url',
    'stream_base_url',
    'stream_base_url',
    'http://o/',
    'http://f/',
    'http://k/',
  ],
  ['architecture', '-a', 'architecture', 'architecture', 'x86_64', 'aarch64', 's390x'],
  ['platformId', '-p', 'platform_id', 'platform_id', 'aws', 'gcp', 'qemu'],
  ['appendKarg', '--append-karg', 'append_karg', 'append_karg', 'o', 'f=1', 'k=2'],
  ['deleteKarg', '--delete-karg', 'delete_karg', 'delete_karg', 'o', 'f=1', 'k'],
  ['console', '--console', 'console', 'console', 'tty0', 'ttyS0', 'hvc0'],
  ['checkIgnition', '--check-ignition', 'check_ignition', 'check_ignition', 'error', 'warn', 'off'],
  ['savePartlabel', '--save-partlabel', 'save_partlabel', 'save_partlabel', 'o*', 'f', 'k,x'],
  ['savePartindex', '--save-partindex', 'save_partindex', 'save_partindex', '5-', '6', '-7'],
  ['imageHash', '--image-hash', 'image_hash', 'image_hash', sha('0a'), sha('0b'), sha('0c')],
  ['checksumUrl', '--checksum-url', 'checksum_url', 'checksum_url', 'http://o/', '/f', '/k'],
  [
    'ignitionHash',
    '--ignition-hash',
    'ignition_hash',
    'ignition_hash',
    sha('a'.repeat(2)),
    sha('bb'),
    sha('cc'),
  ],
  ['keyring', '--keyring', 'keyring', 'keyring', '/o', '/f', '/k'],
  ['retryFor', '--retry-for', 'retry_for', 'retry_for', '1s', '2m', '3h'],
  ['proxy', '--proxy', 'proxy_url', 'proxy', 'http://o:1', 'http://f:1', 'k:1'],
  ['noProxy', '--noproxy', 'no_proxy', 'noproxy', 'o', 'f', 'k'],
  ['caFile', '--ca-file', 'ca_file', 'ca_file', '/o', '/f', '/k'],
  ['certFile', '--cert', 'cert_file', 'cert', '/o', '/f', '/k'],
  ['keyFile', '--key', 'key_file', 'key', '/o', '/f', '/k'],
  ['headerFile', '--header-file', 'header_file', 'header_file', '/o', '/f', '/k'],
  ['networkDir', '--network-dir', 'network_dir', 'network_dir', '/o', '/f', '/k'],
  ['bootOrder', '--boot-order', 'boot_order', 'boot_order', 'disk-first', 'once', 'keep'],
  ['installId', '--install-id', 'install_id', 'install_id', uuid(1), uuid(2), uuid(3)],
  [
    'progressUrl',
    '--progress-url',
    'progress_url',
    'progress_url',
    'http://o/',
    'http://f/',
    'http://k/',
  ],
  ['notifyUrl', '--notify-url', 'notify_url', 'notify_url', 'http://o/', 'http://f/', 'http://k/'],
];

const flags: [keyof Parameters, string, string, string][] = [
  ['requireSignature', '--require-signature', 'require_signature', 'require_signature'],
  ['skipMediaCheck', '--insecure', 'skip_media_check', 'skip_media_check'],
  ['verify', '--verify', 'verify', 'verify'],
  ['copyNetwork', '--copy-network', 'copy_network', 'copy_network'],
  ['skipReboot', '', 'skip_reboot', 'skip_reboot'],
];

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'precedence-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** The value and where it is from, `missing`, `none` or `refused`. */
async function found(
  key: keyof Parameters,
  argv: string[],
  reading: Promise<ParameterFiles>,
  kernel: string,
) {
  const request = parseCommandLine(argv, { version: '1' });
  if (!('asked' in request)) throw new Error('a help text');
  try {
    const files = await reading;
    const parameters = resolveParameters({
      options: request.asked as ParameterOptions,
      files,
      kernel: parseKernelArguments(kernel),
      fileExists: () => false,
    });
    const { notes, [key]: one } = parameters;
    const given = one as
      | { value: string | true | Parameters['imageHash']; origin: { name: string } }
      | undefined;
    const value =
      typeof given?.value === 'object' ? formatDigest(given.value as never) : given?.value;
    const told = notes.filter((note) => note.startsWith('The kernel argument')).length;
    return [value ?? 'none', given?.origin.name.replace(`${files.directory}/`, '') ?? '', told];
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return [/ (is|are) missing/.test(error.message) ? 'missing' : 'refused'];
  }
}

/** Reads a directory that holds only this. */
function filesWith(name: string, content: string | undefined): Promise<ParameterFiles> {
  const files = mkdtempSync(join(directory, 'files-'));
  if (content !== undefined) writeFileSync(join(files, name), content, { mode: 0o600 });
  const reading = readParameterFiles(files);
  reading.catch(() => undefined);
  return reading;
}

/** Which are always given, but for the one that is tried. */
const always: Record<string, string[]> = {
  device: ['-d', '/dev/x'],
  imageUrl: ['-b', 'http://x/x'],
  ignitionUrl: ['-i', 'http://x/config'],
};
const others = (key: string) =>
  Object.entries(always).flatMap(([name, words]) =>
    name === key || (key === 'stream' && name === 'imageUrl') ? [] : words,
  );

describe.each(values)('%s', (key, option, file, argument, o, f, k) => {
  const name = `coreos.inst.${argument}`;
  const { needed, neverEmpty, repeated: list, addsUp } = valueParameters[key as ValueKey];
  /** As it is written, what counts of it, and how many things are to be noted. */
  const places = {
    option: [
      [[], undefined],
      [[option, o], o],
    ],
    file: [
      [undefined, undefined],
      ['', undefined],
      [' \n', undefined],
      [`${f}\n`, f],
      [`  ${f} \n${o}\n`, list?.join([f, o]) ?? f],
    ],
    kernel: [
      ['quiet', undefined, 0],
      [`${name}=${k}`, k, 0],
      [`"${name}=${k}" quiet`, k, 0],
      [`${name}=`, '', 0],
      [name, '', 0],
      [`${name}=${o} ${name}=${k}`, list?.join([o, k]) ?? k, list ? 0 : 1],
      [`${name}=${k} ${name}=`, k, list ? 0 : 1],
    ],
  } as const;

  test('option, file, kernel argument: the first one with a value counts, or they add up', async () => {
    const files = new Map(places.file.map(([text]) => [text, filesWith(file, text)]));
    const rows = everyCombination(places);
    expect(
      await disagreements(
        rows,
        ({ option: [, typed], file: [text, written], kernel: [, argued, notes] }): unknown[] => {
          // It does not say which partitions are saved.
          if (text?.trim() === '' && neverEmpty) return ['refused'];
          if (addsUp && argued && (typed ?? written) !== undefined) {
            const both = [typed ?? written, argued].join().split(',');
            return [
              [...new Set(both)].join(),
              `${typed === undefined ? file : option} and the kernel argument ${name}=`,
              0,
            ];
          }
          if (typed !== undefined) return [typed, option, 0];
          if (written !== undefined) return [written, file, 0];
          if (argued) return [argued, `${name}=`, notes];
          if (needed) return ['missing'];
          if (argued !== undefined) return ['refused'];
          // Without a stream the image is missing.
          return key === 'stream' ? ['missing'] : ['none', '', 0];
        },
        async (row) =>
          await found(
            key,
            [...others(key), ...row.option[0]],
            files.get(row.file[0]) as Promise<ParameterFiles>,
            row.kernel[0],
          ),
      ),
    ).toEqual([]);
  });
});

describe.each(flags)('%s', (key, option, file, argument) => {
  const name = `coreos.inst.${argument}`;
  const places = {
    option: option === '' ? [false] : [false, true],
    file: [
      [undefined, undefined],
      ['', true],
      ['1\n', true],
      ['yes', true],
      ['on', true],
      ['0\n', false],
      ['no', false],
      ['off', false],
      ['true', 'refused'],
    ],
    kernel: [
      ['quiet', false],
      [name, true],
      [`${name}=1`, true],
      [`${name}=on`, true],
      [`${name}=yes`, true],
      [`${name}=0`, false],
      [`${name}=off`, false],
      [`${name}=no`, false],
      [`${name} ${name}=0`, false],
      [`${name}=0 ${name}`, true],
      [`${name}=maybe ${name}`, true],
      [`${name}=true`, 'refused'],
      [`${name}=`, 'refused'],
    ],
  } as const;

  test('option, file, kernel argument: the first one that says something counts', async () => {
    const files = new Map(places.file.map(([text]) => [text, filesWith(file, text)]));
    expect(
      await disagreements(
        everyCombination(places),
        ({ option: typed, file: [, written], kernel: [, argued] }): unknown[] => {
          if (written === 'refused') return ['refused'];
          if (typed) return [true, option, 0];
          if (written !== undefined) return written ? [true, file, 0] : ['none', '', 0];
          if (argued === 'refused') return ['refused'];
          return argued ? [true, name, 0] : ['none', '', 0];
        },
        async (row) =>
          await found(
            key,
            [...others(key), ...(row.option ? [option] : [])],
            files.get(row.file[0]) as Promise<ParameterFiles>,
            row.kernel[0],
          ),
      ),
    ).toEqual([]);
  });
});

test('every parameter is tried', () => {
  const tried = [...values, ...flags].map(([key]) => key);
  expect(tried.toSorted()).toEqual(parameterKeys.toSorted());
});

test('the page on parameters has these names', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/parameters.md'), 'utf8');
  const rows = [
    ...page.matchAll(/^\| .* \| (?:`(-.*)`)? ?\| `(\w+)` \| `coreos\.inst\.(\w+)=?` \|$/gm),
  ];
  const documented = rows.map(([, option = '', file, argument]) => [option, file, argument]);
  const tried = [
    ...values.map(([, option, file, argument]) => [option, file, argument]),
    ...flags.map(([, ...names]) => names),
  ];
  expect(documented.toSorted()).toEqual(tried.toSorted());
});
