import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { crc32, gzipSync, zstdCompressSync } from 'node:zlib';
import { parseCommandLine } from '../../../src/commands/parse.ts';
import { translate } from '../../../src/config/butane/translate.ts';
import { jsonFault } from '../../../src/config/ignition/json-fault.ts';
import { validateIgnition } from '../../../src/config/ignition/validate.ts';
import type { Decoder } from '../../../src/decode/decoder.ts';
import { DecodeFault } from '../../../src/decode/fault.ts';
import { detectFormat, sizeHint } from '../../../src/decode/format.ts';
import { decodeGzip } from '../../../src/decode/gzip.ts';
import { uncompressedSizeFromTail } from '../../../src/decode/xz/index-size.ts';
import { decodeXz } from '../../../src/decode/xz/xz-decoder.ts';
import { decodeZstd } from '../../../src/decode/zstd.ts';
import { entryOfPartition, readDiskTable } from '../../../src/disk/gpt/disk-table.ts';
import { GptError, parseGpt } from '../../../src/disk/gpt/gpt.ts';
import { backupTableSizeBytes, relocateGpt } from '../../../src/disk/gpt/relocate-gpt.ts';
import { isReEncoded, labelledEncoding } from '../../../src/fetch/http/encoding.ts';
import {
  contentRange,
  foreignTransfer,
  retryAfterMs,
  sizeField,
  strongValidator,
} from '../../../src/fetch/http/http-headers.ts';
import { HeadError, strictHead } from '../../../src/fetch/http/lenient-head.ts';
import { readHeaderFile } from '../../../src/fetch/options/header-file.ts';

import {
  argumentsOf,
  editArguments,
  isMenuEntry,
  withPlatformId,
} from '../../../src/install/boot-entry.ts';
import { bootWords } from '../../../src/install/boot-words.ts';
import { consoleCommands, withConsoleCommands } from '../../../src/install/grub-console.ts';
import { type PlatformTable, readPlatformTable } from '../../../src/install/platform-table.ts';
import { InstallerError } from '../../../src/lib/errors.ts';
import { parseDuration } from '../../../src/lib/quantities.ts';
import { parseUrl } from '../../../src/lib/url.ts';
import { parseConsoles } from '../../../src/parameters/consoles.ts';
import { parseProxy } from '../../../src/parameters/formats.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import { readParameterFiles } from '../../../src/parameters/parameter-files.ts';
import { resolveParameters } from '../../../src/parameters/resolve.ts';
import { firstbootScript } from '../../../src/plan/firstboot.ts';
import { readKeyring } from '../../../src/plan/signature.ts';
import { readStream } from '../../../src/streams/stream-metadata.ts';
import { digestIn } from '../../../src/verify/checksum-file.ts';
import { buildGptHead } from '../../support/gpt-builder.ts';
import { Random } from '../../support/random.ts';
import { fleetTargets } from './fleet-targets.ts';
import { mediaTargets } from './media-targets.ts';
import { mutate } from './mutate.ts';
import { provisionTargets } from './provision-targets.ts';
import { sealXz, xzSamples } from './xz-samples.ts';

export interface Target {
  readonly name: string;
  /** Good inputs, from which bad ones are made. */
  readonly corpus: readonly Buffer[];
  /** Throws where the parser does anything but understand or refuse. */
  readonly check: (input: Buffer) => void | Promise<void>;
}

const texts = (...all: string[]) => all.map((text) => Buffer.from(text));

/** Refusing is right; any other error is a fault of the parser. */
function allowing(kinds: readonly (new (...args: never[]) => Error)[], work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!kinds.some((kind) => error instanceof kind)) throw error;
  }
}

async function decodes(decoder: Decoder, input: Buffer): Promise<void> {
  const seen = { bytes: 0 };
  try {
    const { sizeBytes } = await decoder(
      inPieces(input),
      async (_, bytes) => {
        seen.bytes += bytes.length;
      },
      { jobs: 2, memoryLimitBytes: 64 << 20, signal: AbortSignal.timeout(20_000), name: 'input' },
    );
    assert.equal(seen.bytes, sizeBytes);
  } catch (error) {
    if (!(error instanceof InstallerError)) throw error;
  }
}

async function* inPieces(input: Buffer): AsyncIterable<Uint8Array> {
  const pieceBytes = 1 + (input.length % 4099);
  for (let at = 0; at < input.length; at += pieceBytes) yield input.subarray(at, at + pieceBytes);
}

/** Has it read a file with that in it; {@link watch} gives each run a directory of its own. */
async function withFile(input: Buffer, read: (path: string) => Promise<void>): Promise<void> {
  const path = 'input';
  writeFileSync(path, input);
  try {
    await read(path);
  } catch (error) {
    if (!(error instanceof InstallerError)) throw error;
  } finally {
    rmSync(path);
  }
}

const entry = `title Fedora CoreOS\nversion 1\noptions $ignition_firstboot a=b ignition.platform.id=metal quiet
linux /vmlinuz\noptions ignition.platform.id=qemu\n`;
const config = `{"ignition":{"version":"3.3.0","config":{"merge":[{"source":"http://h/x"}]}},
"passwd":{"users":[{"name":"core","sshAuthorizedKeys":["ssh-ed25519 AAAA"],"passwordHash":"$y$"}]},
"storage":{"files":[{"path":"/etc/x","mode":420,"contents":{"source":"data:,a%20b"}}],
"disks":[{"device":"/dev/sda","partitions":[{"number":1,"sizeMiB":10,"label":"a"}]}]},
"systemd":{"units":[{"name":"a.service","enabled":true,"contents":"[Unit]\\n"}]}}`;

const stream = `{"stream":"stable","metadata":{"last-modified":"x"},"architectures":{"x86_64":{"artifacts":
{"metal":{"release":"44.1","formats":{"raw.xz":{"disk":{"location":"https://h/x.raw.xz","signature":"https://h/x.sig",
"sha256":"${'ab'.repeat(32)}"}},"pxe":{"kernel":{"location":"https://h/k"},"rootfs":{"location":"https://h/r"}}}}}}}}`;

const nothingOfAPlatform = { kernelArguments: [], grubCommands: [] };

const partitions = [
  { number: 1, firstLba: 2048, lastLba: 4095, name: 'boot' },
  { number: 4, firstLba: 4096, lastLba: 9999, name: 'root' },
];

export const targets: readonly Target[] = [
  {
    name: 'kernel-command-line',
    corpus: texts(
      'coreos.inst=yes coreos.inst.install_dev=vda coreos.inst.image_url="http://h/a b.xz" quiet',
      'ip=dhcp nameserver="1.1.1.1" rd.neednet=1 bond=bond0:a,b:mode=1 "x=y z" a="b',
      'coreos.inst.skip_reboot coreos.no_persist_ip=1 coreos.inst.ignition_url=skip',
      'coreos.inst.ignition-url=x coreos.inst.save_partlabel=d* coreos.inst.platform_id=vmare bond',
    ),
    check(input) {
      const kernel = parseKernelArguments(input.toString());
      const again = parseKernelArguments(kernel.map(({ raw }) => raw).join(' '));
      assert.deepEqual(again, kernel);
      allowing([InstallerError], () => {
        const sources = {
          options: {},
          files: { directory: '/tmp' },
          kernel,
          fileExists: () => false,
        };
        const { networkArguments, extraKcmdline } = resolveParameters(sources);
        firstbootScript({
          networkKcmdline: networkArguments.join(' '),
          extraKcmdline: extraKcmdline?.value ?? '',
        });
      });
    },
  },
  {
    name: 'stream-metadata',
    corpus: texts(stream, '{"stream":"s","architectures":{"__proto__":{"artifacts":{}}}}'),
    check(input) {
      allowing([InstallerError], () => {
        const place = {
          name: 's',
          url: 'https://h/s.json',
          isNamed: false,
          isDefault: false,
          allowsHttp: false,
        };
        for (const { files } of readStream(input, place).artifacts) {
          assert.ok(files.length > 0);
          for (const { url, signatureUrl = url } of files)
            for (const one of [url, signatureUrl]) assert.equal(new URL(one).protocol, 'https:');
        }
      });
    },
  },
  {
    name: 'parameter-files',
    corpus: texts(
      'vda\n',
      'http://h/a\r\nsecond line\n',
      'ip=dhcp\n nameserver="a b"\n',
      '1',
      '\ufeffno\n',
    ),
    async check(input) {
      const path = 'parameters';
      mkdirSync(path, { recursive: true });
      for (const name of ['image_url', 'networking_opts', 'skip_reboot']) {
        writeFileSync(`${path}/${name}`, input);
      }
      try {
        const { imageUrl = '' } = await readParameterFiles(path);
        assert.ok(!/\p{Cc}/u.test(imageUrl));
      } catch (error) {
        if (!(error instanceof InstallerError)) throw error;
      } finally {
        rmSync(path, { recursive: true });
      }
    },
  },
  {
    name: 'parameter-values',
    corpus: texts(
      'vda\0http://u:secret-word@h/a.xz\0http://h/c.ign\0metal\0ip=dhcp',
      'disk/by-id/x\0file:///srv/a.raw\0skip\0qemu\0ip=[::1]::"q"',
      '/dev/sdb\0/srv/a b.raw.gz/\0https://h:99999/\0\0',
    ),
    check(input) {
      const [device, imageUrl, ignitionUrl, platformId, networkingOptions] = input
        .toString()
        .split('\0');
      const files = {
        directory: '/tmp',
        device,
        imageUrl,
        ignitionUrl,
        platformId,
        networkingOptions,
      };
      allowing([InstallerError], () =>
        resolveParameters({ options: {}, files, kernel: [], fileExists: () => false }),
      );
    },
  },
  {
    name: 'command-line',
    corpus: texts(
      '-d\0vda\0-i\0http://h/c\0-b\0http://h/i\0--retry-for\x0090s\0--jobs\x004',
      'devices\0--json',
      '--image-hash\0sha256:00\0--help\0--version',
    ),
    check(input) {
      allowing([InstallerError], () =>
        parseCommandLine(input.toString().split('\0'), { version: '0' }),
      );
    },
  },
  {
    name: 'http-headers',
    corpus: texts(
      'content-range: bytes 0-99/1234\ncontent-length: 100\netag: "abc"\nlast-modified: Tue, 04 Feb 2020 00:00:00 GMT',
      'retry-after: 120\ndate: Tue, 04 Feb 2020 00:00:09 GMT\ncontent-range: bytes */5\ncontent-encoding: gzip',
      'retry-after: Tue, 04 Feb 2020 00:00:00 GMT\netag: W/"x"\ncontent-range: bytes 5-5/*',
    ),
    check(input) {
      const lines = input.toString('latin1').split('\n');
      const headers = new Map(
        lines.map((line): [string, string] => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        }),
      );
      const size = sizeField(headers, 'content-length');
      assert.ok(size === undefined || (Number.isSafeInteger(size) && size >= 0));
      const range = contentRange(headers);
      if (range) {
        assert.ok(Number.isSafeInteger(range.first) && Number.isSafeInteger(range.last));
        assert.ok(range.first <= range.last);
        assert.ok(range.totalBytes === undefined || range.last < range.totalBytes);
      }
      const validator = strongValidator(headers);
      assert.ok(validator === undefined || !/^W\//i.test(validator));
      assert.ok(retryAfterMs(headers) >= 0);
      foreignTransfer(headers);
      labelledEncoding(headers);
    },
  },
  {
    name: 'http-head',
    corpus: texts(
      'HTTP/1.1 200 OK\nContent-Length: 5\nETag: "1"\n\nbody.',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length : 5, 5\r\ncontent-length:5\r\n\r\nbody.',
      'HTTP/1.1 302 Found\r\nLocation: http://[fe80::1%25eth0]/\r\n b\r\nTransfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n',
    ),
    check(input) {
      allowing([HeadError], () => {
        const strict = strictHead(input);
        // What is no head, or too long a one, goes on as it is.
        if (strict?.toString('latin1', 0, 5) !== 'HTTP/' || input.length > 60_000) return;
        const head = strict.toString('latin1').split('\r\n\r\n')[0] ?? '';
        assert.doesNotMatch(head, /[^\r]\n/);
        assert.ok((head.match(/\ncontent-length:/gi) ?? []).length <= 1);
        // What is strict stays as it is.
        assert.deepEqual(strictHead(strict), strict);
      });
      const [, location = ''] = /Location: ?(.*)/i.exec(input.toString('latin1')) ?? [];
      const zone = parseUrl(location, 'http://h/')?.zone ?? 'x';
      assert.match(zone, /^[\w.~:@-]+$/);
    },
  },
  {
    name: 'content-encoding',
    corpus: [gzipSync('x'.repeat(5000)), zstdCompressSync('x'), ...texts(config, '\x1b\x02')],
    async check(input) {
      for (const coding of ['gzip', 'zstd', 'deflate', 'br']) await isReEncoded(coding, input);
    },
  },
  {
    name: 'gpt',
    corpus: ([512, 4096] as const).map((sectorSizeBytes) =>
      buildGptHead({ sectorSizeBytes, diskSectors: 20_000, partitions }),
    ),
    check(input) {
      checkGpt(input);
      // With right sums, so that what is behind them is reached.
      checkGpt(sealed(input));
    },
  },
  {
    name: 'disk-table',
    corpus: [diskWithTable(), diskWithTable().fill(0, 512, 600)],
    async check(input) {
      await checkDiskTable(input);
      await checkDiskTable(sealed(input));
    },
  },
  {
    name: 'boot-loader-entry',
    corpus: texts(entry, entry.replaceAll('\n', '\r\n'), 'options\n', ''),
    check(input) {
      const text = input.toString('latin1');
      const once = withPlatformId(text, 'metal');
      assert.equal(withPlatformId(once, 'metal'), once);
      assert.match(once, /(?<![^\n])[ \t]*options[ \t\r][^\n]*ignition\.platform\.id=metal/);
      const others = (all: string) =>
        all
          .split('\n')
          .map((line) => line.replace(/\r+$/, ''))
          .filter((line) => !/^[ \t]*options(?![^ \t\r])/.test(line) && line !== '');
      assert.deepEqual(others(once), others(text));
      const edited = editArguments(text, [{ remove: ['quiet', 'a=b'], append: ['"x y"', 'z'] }]);
      if ('why' in edited) {
        assert.ok(edited.line === undefined || edited.line <= text.split('\n').length);
        return;
      }
      assert.deepEqual(others(edited.text), others(text));
      assert.equal(isMenuEntry(edited.text), isMenuEntry(text));
      const words = bootWords(argumentsOf(edited.text)).map((word) => word.text);
      assert.deepEqual(words.slice(-2), ['x y', 'z']);
      assert.ok(!words.includes('quiet') && !words.includes('a=b'));
    },
  },
  {
    name: 'platforms-of-an-image',
    corpus: texts(
      `{"metal":{"kernel_arguments":["console=tty0"],"grub_commands":["terminal_output console"]},"aws":{"kernel_arguments":["a=\\"b c\\" d"],"other":[1]},"qemu":{}}`,
      '{"metal":{"kernel_arguments":[],"grub_commands":[]}}',
      'set a=b\n# CONSOLE-SETTINGS-START\nserial --unit=0\n# CONSOLE-SETTINGS-END\nblscfg\n',
      '# CONSOLE-SETTINGS-START\r\n# CONSOLE-SETTINGS-END\r\n',
    ),
    check(input) {
      let table: PlatformTable | undefined;
      try {
        table = readPlatformTable(input);
      } catch (error) {
        assert.match((error as Error).message, /: |^it is/);
      }
      for (const name of ['metal', 'aws', 'qemu', 'constructor', '__proto__']) {
        const { kernelArguments, grubCommands } = table?.(name) ?? nothingOfAPlatform;
        for (const { raw } of kernelArguments) assert.doesNotMatch(raw, /[\s$](?![^"]*")|\p{Cc}/u);
        for (const line of grubCommands) assert.doesNotMatch(line, /\p{Cc}/u);
      }
      const text = input.toString('latin1');
      const commands = consoleCommands(parseConsoles('tty0 ttyS0'));
      const once = withConsoleCommands(text, commands);
      if (once !== undefined) assert.equal(withConsoleCommands(once, commands), once);
    },
  },
  {
    name: 'ignition-config',
    corpus: texts(
      config,
      `{"ignition":{"version":"3.6.0","config":{"merge":[{"source":"data:,%7B%22ignition%22:%7B%22version%22:%223.0.0%22%7D%7D","verification":{"hash":"sha256-${'a'.repeat(64)}"}}]}},"storage":{"files":[{"path":"/a","contents":{"compression":"gzip","source":"data:;base64,${gzipSync('x').toString('base64')}"}}]}}`,
      '{"ignition":{"version":"3.0.0"}}',
      '[1,{"a":"\\u0041"},null,-1.5e3]',
    ),
    check(input) {
      const { findings } = validateIgnition(input);
      for (const { message, line, column } of findings) {
        assert.ok(message !== '' && line >= 1 && column >= 1);
      }
      const text = input.toString();
      let parsed = true;
      try {
        JSON.parse(text);
      } catch {
        parsed = false;
      }
      assert.equal(jsonFault(text) === undefined, parsed);
    },
  },
  {
    name: 'checksum-file',
    corpus: texts(
      `${'a'.repeat(64)}  image.xz\n${'b'.repeat(128)} *other\n`,
      `SHA256 (image.xz) = ${'c'.repeat(64)}\n# comment\nSHA512 (x) = ${'d'.repeat(128)}\n`,
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n\\${'e'.repeat(64)}  a\\\\b\n`,
    ),
    check(input) {
      allowing([InstallerError], () => digestIn(input.toString(), 'image.xz', 'SHA256SUMS'));
    },
  },
  {
    name: 'yaml-config',
    corpus: texts(
      'variant: fcos\nversion: 1.5.0\npasswd:\n  users:\n    - name: core\n      ssh_authorized_keys: [ssh-ed25519 AAAA]\n',
      'variant: fcos\nversion: 1.3.0\nboot_device: {mirror: {devices: [/dev/sda, /dev/sdb]}}\nstorage:\n  filesystems:\n    - {device: /dev/sdc, path: /var, format: xfs, with_mount_unit: true}\n',
      'variant: fcos\nversion: 1.0.0\nstorage:\n  files:\n    - &a\n      path: /a\n      mode: 0644\n      contents: {inline: "a\\tb"}\n    - <<: *a\n      path: /b\n  links: [{path: /l, target: "../x"}]\n',
      'variant: fcos\nversion: 1.7.0\nboot_device: {layout: s390x-eckd, luks: {device: /dev/dasda, cex: {enabled: true}}}\nignition:\n  config: {merge: [{inline: "{}"}]}\nstorage:\n  trees: [{local: a, dir_mode: 0700}]\n',
      'variant:\u00a0fcos\nversion: “1.0.0”\n\u3000passwd:\n  -\u00a0a: |\n    \u00a0b\n    c: \u200bd\n',
    ),
    check(input) {
      const { findings, result } = translate(input);
      for (const { message, line, column } of findings) {
        assert.ok(message !== '' && line >= 1 && column >= 1);
      }
      if (result !== undefined) JSON.parse(JSON.stringify(result.config));
    },
  },
  {
    name: 'header-file',
    corpus: texts(
      'Authorization: Bearer abc.def\n# comment\nX-Site: rack 1\n',
      'a:b\r\nC:\td e \r\n\r\n',
    ),
    async check(input) {
      await withFile(input, async (path) => {
        const origin = { kind: 'option', name: '--header-file' } as const;
        const { headers } = await readHeaderFile({ value: path, origin });
        for (const [name, value] of Object.entries(headers)) {
          assert.match(name, /^[^\s:A-Z]+$/);
          assert.match(value, /^[\t\x20-\x7e]+$/);
          assert.notEqual(name, 'host');
        }
      });
    },
  },
  {
    name: 'keyring',
    corpus: texts(
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: x\n\nmQINBF\nAAAA\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n\r\nxsBN\r\n-----END PGP PUBLIC KEY BLOCK-----\r\n',
      '\x99\x01\x0d\x04binary',
    ),
    check: (input) =>
      withFile(input, async (path) => {
        const origin = { kind: 'option', name: '--keyring' } as const;
        const { bytes } = await readKeyring({ value: path, origin });
        assert.ok(bytes.length > 0);
      }),
  },
  {
    name: 'proxies-and-durations',
    corpus: texts(
      'http://user:pa%20ss@proxy:3128',
      'proxy:3128',
      'https://[::1]:8/',
      '90s',
      '999999h',
      '0',
    ),
    check(input) {
      const text = input.toString();
      allowing([InstallerError], () => {
        assert.match(parseProxy(text, '--proxy').protocol, /^https?:$/);
      });
      const durationMs = parseDuration(text);
      assert.ok(durationMs === undefined || durationMs > 0);
    },
  },
  {
    name: 'image-beginning',
    corpus: [
      ...texts('<!DOCTYPE html><title>x</title>', 'BZh9', 'QFI\xfb', 'PK\x03\x04'),
      gzipSync('x'),
      zstdCompressSync('x'),
      ...xzSamples().slice(0, 2),
    ],
    check(input) {
      allowing([InstallerError], () => {
        const format = detectFormat(input, 'input');
        const size = sizeHint(format, input);
        assert.ok(size === undefined || size >= 0);
      });
    },
  },
  {
    name: 'xz',
    corpus: xzSamples(),
    async check(input) {
      await decodes(decodeXz, input);
      await decodes(decodeXz, sealXz(input));
      allowing([DecodeFault], () => {
        const size = uncompressedSizeFromTail(input, input.length);
        assert.ok(typeof size === 'number' && size >= 0);
      });
    },
  },
  {
    name: 'gzip',
    corpus: [
      gzipSync('x'.repeat(5000)),
      gzipSync(''),
      Buffer.concat([gzipSync('a'), gzipSync('b')]),
    ],
    check: (input) => decodes(decodeGzip, input),
  },
  {
    name: 'zstd',
    corpus: [zstdCompressSync('x'.repeat(5000)), zstdCompressSync(Buffer.from(config.repeat(20)))],
    check: (input) => decodes(decodeZstd, input),
  },
  ...mediaTargets,
  ...fleetTargets,
  ...provisionTargets,
];

/** Input number `index` of a target, made again from its seed alone. */
export function inputOf(target: string, seed: number, index: number): Buffer {
  const { corpus } = targets.find(({ name }) => name === target) ?? { corpus: [] };
  const known = corpus[index];
  const mixed = Math.imul(seed, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b);
  return known ?? mutate(corpus, new Random(mixed));
}

function checkGpt(head: Buffer): void {
  allowing([GptError], () => {
    const gpt = parseGpt(head);
    assert.ok(backupTableSizeBytes(head, gpt) > 0);
    const disk = Math.max(gpt.requiredDiskBytes, 64 << 20);
    const moved = relocateGpt(head, gpt, disk);
    assert.deepEqual(parseGpt(moved.head).partitions, gpt.partitions);
  });
}

/** Of a disk with both copies, of which either may be damaged. */
async function checkDiskTable(input: Buffer): Promise<void> {
  const sizeBytes = input.length - (input.length % 512);
  if (sizeBytes < 1024) return;
  const read = async (at: number, length: number) => {
    assert.ok(at >= 0 && at + length <= sizeBytes, `reads ${length} bytes at ${at}`);
    return input.subarray(at, at + length);
  };
  const { table } = await readDiskTable(read, { sizeBytes, sectorSizeBytes: 512 });
  for (const { number, offsetBytes, sizeBytes: length } of table?.gpt.partitions ?? []) {
    assert.ok(offsetBytes >= 1024 && length > 0 && offsetBytes + length <= sizeBytes);
    if (table) assert.equal(entryOfPartition(table, number).length, 128);
  }
}

function diskWithTable(): Buffer {
  const partitions = [{ number: 3, firstLba: 34, lastLba: 40, name: 'data' }];
  const head = buildGptHead({ sectorSizeBytes: 512, diskSectors: 100, partitions });
  const { tail } = relocateGpt(head, parseGpt(head), 51_200);
  return Buffer.concat([head, Buffer.alloc(51_200 - head.length - tail.length), tail]);
}

function sealed(input: Buffer): Buffer {
  const head = Buffer.from(input);
  for (const sector of [512, 4096]) {
    if (head.length < 2 * sector) continue;
    const header = head.subarray(sector, 2 * sector);
    const start = Number(header.readBigUInt64LE(72) & 0xffffn) * sector;
    const length = (header.readUInt32LE(80) & 0xffff) * (header.readUInt32LE(84) & 0xffff);
    header.writeUInt32LE(crc32(head.subarray(start, start + length)), 88);
    header.writeUInt32LE(0, 16);
    header.writeUInt32LE(crc32(header.subarray(0, header.readUInt32LE(12) & 0xfff)), 16);
  }
  return head;
}
