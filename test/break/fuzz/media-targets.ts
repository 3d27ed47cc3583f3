import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { open, rm, writeFile } from 'node:fs/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { DecodeFault } from '../../../src/decode/fault.ts';
import { InputError, InstallerError } from '../../../src/lib/errors.ts';
import { makeCpio } from '../../../src/media/cpio.ts';
import { decodeFeatures } from '../../../src/media/features.ts';
import { readMembers } from '../../../src/media/initrd.ts';
import { kargsPatches, readKargs } from '../../../src/media/kargs-areas.ts';
import { isPristine, openLiveIso, readIsoMembers } from '../../../src/media/live-iso.ts';
import { editKargs } from '../../../src/media/live-kargs.ts';
import { parseRecipe } from '../../../src/media/miniso.ts';
import { makeSmallIso } from '../../support/small-iso.ts';
import type { Target } from './targets.ts';

const kib = 1024;
/** Zeros, which are no use to change. */
const systemArea = Buffer.alloc(32 * kib);

const members = new Map([
  ['config.ign', Buffer.from('{"ignition":{"version":"3.3.0"}}')],
  ['etc/coreos-firstboot-network/a.nmconnection', Buffer.from('[connection]\n')],
]);
const cpio = Buffer.concat(makeCpio(members));
const xz = execFileSync('xz', ['--check=crc32'], { input: cpio });
const archives = [cpio, gzipSync(cpio), xz, zstdCompressSync(cpio)];

const kargsJson = JSON.stringify({
  default: 'quiet a=b',
  files: [
    { offset: 6, path: 'EFI/GRUB.CFG' },
    { offset: 0, path: 'PRM', end: '\0', pad: '\0' },
  ],
  size: 40,
});
const area = 'quiet a=b c\n'.padEnd(40, '#');
const iso = makeSmallIso({
  'COREOS/IGNINFO.JSO': '{"file":"images/ignition.img","offset":4,"length":900}',
  'COREOS/KARGS.JSO': kargsJson,
  'COREOS/FEATURES.JSO': '{"installer-config":true,"installer-config-directives":{"console":true}}',
  'EFI/GRUB.CFG': `linux ${area}\n`,
  PRM: 'quiet a=b c'.padEnd(40, '\0'),
  'IMAGES/IGNITION.IMG': Buffer.concat([Buffer.alloc(4), xz, Buffer.alloc(1000 - 4 - xz.length)]),
});

/** Parsers of media: file systems, areas, archives. */
export const mediaTargets: readonly Target[] = [
  {
    name: 'live-iso',
    corpus: [iso.subarray(systemArea.length)],
    async check(input) {
      await writeFile('input', Buffer.concat([systemArea, input]));
      await using file = await open('input');
      try {
        const image = await openLiveIso(file, 'input', systemArea.length + input.length);
        const end = image.initrd.startBytes + image.initrd.sizeBytes;
        assert.ok(end <= systemArea.length + input.length);
        await allowing(async () => void (await image.fs.walk()));
        await allowing(async () => void (await isPristine(image)));
        await allowing(async () => void (await readIsoMembers(image)));
        const { kargs } = image;
        if (kargs === undefined) return;
        for (const patch of kargsPatches(kargs, '', 'input'))
          assert.ok(patch.startBytes + patch.sizeBytes <= systemArea.length + input.length);
        await allowing(async () => void (await readKargs(file, kargs, 'input')));
      } catch (error) {
        if (!(error instanceof InstallerError)) throw error;
      } finally {
        await rm('input');
      }
    },
  },
  {
    name: 'initramfs',
    corpus: [...archives, Buffer.concat(archives.flatMap((one) => [one, Buffer.alloc(8)]))],
    async check(input) {
      const limits = { unpackedBytes: 16 << 20, keptBytes: 1 << 20 };
      try {
        const found = await readMembers(inPieces(input), () => true, limits);
        for (const [path, content] of found) {
          assert.ok(!path.startsWith('/'));
          assert.ok(content.length <= limits.keptBytes);
        }
      } catch (error) {
        if (!(error instanceof DecodeFault)) throw error;
      }
    },
  },
  {
    name: 'live-kernel-arguments',
    corpus: [Buffer.from('a b=1 a  c\0a\0d\0b=1=2'), Buffer.from('x\0x\0 x \0k=o=n')],
    async check(input) {
      const [kargs = '', remove = '', append = '', replace = ''] = input.toString().split('\0');
      await allowing(async () => {
        const edits = { remove: [remove], append: [append], replace: [replace] };
        const edited = editKargs(kargs, edits);
        assert.equal(edited, edited.trim());
        assert.doesNotMatch(append, /\p{Cc}/u);
        const without = editKargs(kargs, { remove: [remove], append: [], replace: [] });
        // With other white space, the end of a text could end a word.
        const isPlain = [remove.trim(), kargs].every((text) => /^[ -~]*$/.test(text));
        if (isPlain && !remove.trim().includes(' '))
          assert.ok(!` ${without} `.includes(` ${remove.trim()} `));
      });
    },
  },
  {
    name: 'features',
    corpus: [
      Buffer.from('{"installer-config":true,"installer-config-directives":{"console":true,"x":1}}'),
    ],
    check: (input) => allowing(async () => void decodeFeatures(input, 'input')),
  },
  {
    name: 'minimal-iso-recipe',
    corpus: [
      Buffer.concat([
        Buffer.from('MINISO\0\0\x01\x02ab\x02\x01'),
        Buffer.from([251, 0, 1, 4, 3, 252, 0, 0, 1, 0, 8]),
        Buffer.alloc(32, 7),
        Buffer.from([xz.length & 0x7f]),
        xz,
      ]),
    ],
    check: (input) =>
      allowing(async () => {
        const isoBytes = 1 << 30;
        for (const { fullStartBytes, sizeBytes } of parseRecipe(input, isoBytes, 'input').copies)
          assert.ok(fullStartBytes + sizeBytes <= isoBytes);
      }),
  },
];

/** Refusing is right. */
async function allowing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
}

async function* inPieces(input: Buffer): AsyncGenerator<Uint8Array> {
  const pieceBytes = 1 + (input.length % 997);
  for (let at = 0; at < input.length; at += pieceBytes) yield input.subarray(at, at + pieceBytes);
}
