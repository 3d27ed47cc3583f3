import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realIso } from '../../support/live-iso.ts';
import { runHere } from '../../support/run-here.ts';

/** Parts of real media of Fedora CoreOS: their file systems and areas, other content left out. */
const fixtures = ['2023-03.x86_64', '2023-07.s390x'] as const;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'iso-fixtures-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const unpack = (name: (typeof fixtures)[number]) => realIso(name, directory);
const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const kargs = (version: string) =>
  `mitigations=auto,nosmt coreos.liveiso=fedora-coreos-${version} ignition.firstboot ignition.platform.id=metal`;

describe.each(fixtures)('a real image, %s', (name) => {
  test('has its areas where they were decoded', async () => {
    const iso = unpack(name);
    const places = JSON.parse((await runHere('dev', 'show', 'iso', '--ignition', iso)).text);
    const args = JSON.parse((await runHere('dev', 'show', 'iso', '--kargs', iso)).text);
    expect({ places, args }).toEqual(
      name === '2023-03.x86_64'
        ? {
            places: { offset: 157_696, length: 262_144 },
            args: {
              length: 1139,
              default: kargs('37.20230306.dev.0'),
              kargs: [
                { offset: 431_050, length: 1139, pad: '#', end: '\n' },
                { offset: 427_853, length: 1139, pad: '#', end: '\n' },
              ],
            },
          }
        : {
            places: { offset: 203_776, length: 262_144 },
            args: {
              length: 896,
              default: kargs('38.20230718.dev.0'),
              kargs: [{ offset: 138_368, length: 896, pad: '\0', end: '\0' }],
            },
          },
    );
  });

  test('is customized, and is bit by bit what it was after a reset', async () => {
    const iso = unpack(name);
    const before = digest(iso);
    const keyfile = join(directory, 'eth0.nmconnection');
    writeFileSync(keyfile, '[connection]\n');
    const args = ['--dest-device', '/dev/sda', '--dest-console', 'ttyS0,115200n8'];
    args.push('--network-keyfile', keyfile, '--live-karg-append', 'a=b');
    expect((await runHere('iso', 'customize', ...args, iso)).exitCode).toBe(0);
    expect((await runHere('iso', 'kargs', 'show', iso)).text).toMatch(/ a=b\n$/);
    expect((await runHere('iso', 'network', 'extract', iso)).text).toContain('eth0.nmconnection');
    expect(digest(iso)).not.toBe(before);
    expect((await runHere('iso', 'reset', iso)).exitCode).toBe(0);
    expect(digest(iso)).toBe(before);
  });

  test('has files with names of 8 and 3 letters', async () => {
    const { files } = JSON.parse((await runHere('dev', 'show', 'iso', unpack(name))).text);
    const paths = files.map(({ path }: { path: string }) => path);
    expect(paths).toContain('IMAGES/PXEBOOT/VMLINUZ');
    expect(paths).toContain('COREOS/FEATURES.JSO');
  });
});
