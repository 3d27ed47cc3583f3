import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectFailure, type Settled } from '../../support/failure.ts';
import { type Fixture, fixture } from '../../support/fixture.ts';
import { type InstallerRun, runInstaller } from '../../support/installer.ts';

const hash = (algorithm: string) => (bytes: string | Uint8Array) =>
  createHash(algorithm).update(bytes).digest('hex');
const sha256 = hash('sha256');
const sha512 = hash('sha512');
const wrong = '0'.repeat(64);
const yaml = 'variant: fcos\nversion: 1.5.0\n';
const translated = '{"ignition":{"version":"3.4.0"}}';

let it: Fixture;
let image: Buffer;
beforeAll(async () => {
  const files = {
    '/config.yaml': Buffer.from(yaml),
    '/wrong': Buffer.from(`${wrong}  image\n`),
  };
  it = await fixture({ files });
  image = await readFile(it.servedPath);
});
afterAll(() => it[Symbol.asyncDispose]());

interface Given extends Pick<InstallerRun, 'cmdline' | 'tmpFiles'> {
  readonly args?: (url: string) => readonly string[];
}

/** What a plan has, as JSON shows it, or how the run fails. */
type Expected = object | Settled;

/** The models of test/unit say what becomes of every pair; here, that the command obeys them. */
const pairs: [string, Given, () => Expected][] = [
  [
    'a signature that must be there, and a right digest',
    { args: () => ['--require-signature', '--image-hash', sha256(image)] },
    () => 'signature-missing',
  ],
  [
    'a digest, and a checksum file that contradicts it',
    { args: (url) => ['--image-hash', sha256(image), '--checksum-url', `${url}/wrong`] },
    () => 'digests-conflict',
  ],
  [
    'a digest by an option, and another one on the kernel command line',
    { args: () => ['--image-hash', sha512(image)], cmdline: `coreos.inst.image_hash=${wrong}` },
    () => ({
      image: { expected: [{ digest: `sha512:${sha512(image)}`, from: '--image-hash' }] },
    }),
  ],
  [
    'a config in YAML, and its digest',
    { args: (url) => ['-i', `${url}/config.yaml`, '--ignition-hash', sha256(yaml)] },
    () => ({ config: { version: '3.4.0', sizeBytes: translated.length } }),
  ],
  [
    'a config in YAML, and the digest of what it becomes',
    { args: (url) => ['-i', `${url}/config.yaml`, '--ignition-hash', sha256(translated)] },
    () => 'digest-mismatch',
  ],
  [
    'a config that is not checked, and the digest of another',
    { args: () => ['--check-ignition', 'off', '--ignition-hash', `sha512:${sha512('')}`] },
    () => 'digest-mismatch',
  ],
  [
    'no config, and a digest of it',
    { args: () => ['-i', 'skip', '--ignition-hash', wrong] },
    () => 'parameters-conflict',
  ],
  [
    'no config by an option, and a digest of it on the kernel command line',
    { args: () => ['-i', 'skip'], cmdline: `coreos.inst.ignition_hash=${wrong}` },
    () => ({ warnings: expect.arrayContaining([expect.stringContaining('ignition_hash')]) }),
  ],
  [
    'an IP configuration that is not kept, and a file of network arguments',
    { cmdline: 'ip=dhcp coreos.no_persist_ip', tmpFiles: { networking_opts: 'ip=f\n' } },
    () => ({
      firstBoot: {
        networkArguments: ['rd.neednet=1', 'ip=f'],
        extraArguments: 'coreos.no_persist_ip=1',
      },
    }),
  ],
  [
    'an IP configuration that is not kept, and an empty file of further arguments',
    { cmdline: 'ip=dhcp coreos.no_persist_ip', tmpFiles: { additional_opts: '' } },
    () => ({ firstBoot: { networkArguments: ['rd.neednet=1', 'ip=dhcp'] } }),
  ],
  [
    'a signature that must be there on the kernel command line, and --insecure',
    { args: () => ['--insecure'], cmdline: 'coreos.inst.require_signature' },
    () => ({ parameters: { skipMediaCheck: { value: true, from: { kind: 'option' } } } }),
  ],
  [
    'a signature that must be there by a file, and is not looked for by the kernel command line',
    { cmdline: 'coreos.inst.skip_media_check', tmpFiles: { require_signature: '' } },
    () => 'signature-missing',
  ],
  [
    'a file that switches off what the kernel command line switches on',
    { cmdline: 'coreos.inst.require_signature', tmpFiles: { require_signature: '0' } },
    () => ({ wouldInstall: true }),
  ],
];

test.each(pairs)('%s', async (_, { args, ...given }, expected) => {
  const before = sha256(await readFile(it.disk.backingFile));
  const run = await runInstaller({
    args: [
      ...it.args,
      '--retry-for',
      '1s',
      '--dry-run',
      '--json',
      ...(args?.(it.server.url) ?? []),
    ],
    ...given,
  });
  const plan = JSON.parse(run.stdout);
  const verdict = expected();
  if (typeof verdict === 'string') {
    expectFailure(run, verdict);
    expect(plan).toMatchObject({ wouldInstall: false, failure: { code: verdict } });
  } else {
    expect(run.exitCode, run.stderr).toBe(0);
    expect(plan).toMatchObject({ wouldInstall: true, ...verdict });
  }
  expect(sha256(await readFile(it.disk.backingFile))).toBe(before);
});

test('parameters that contradict each other are told before anything is asked for', async () => {
  const askedBefore = it.server.requests.length;
  const run = await runInstaller({ args: [...it.args, '-i', 'skip', '--ignition-hash', wrong] });
  expectFailure(run, 'parameters-conflict');
  const missing = await runInstaller({
    args: ['-d', it.disk.path, '-b', it.imageUrl, '--ignition-hash', wrong],
  });
  expectFailure(missing, 'parameter-missing');
  expect(it.server.requests).toHaveLength(askedBefore);
});
