import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const lib = join(import.meta.dirname, '../../../dracut/30coreos-installer/lib.sh');
const script = `
. '${lib}'
cat() { printf '%s\\n' "$ARGUMENTS"; }
installer_wanted && wanted=yes
printf '%s|%s' "\${wanted:-no}" "$(configured_target)"
`;

/** Whether the installer starts, and for which disk it waits. */
function readBy(shell: string, files: Readonly<Record<string, string>>, text = 'quiet'): string {
  const configs = mkdtempSync(join(tmpdir(), 'installer.d-'));
  try {
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(configs, name), content);
    const env = { ...process.env, ARGUMENTS: text, configs };
    return execFileSync(shell, ['-euc', script], { env }).toString();
  } finally {
    rmSync(configs, { recursive: true });
  }
}

test.each([
  [{}, 'no|'],
  [{ 'a.yaml': 'verify: true\n' }, 'yes|'],
  [{ 'a.yaml': 'dest-device: /dev/vda\n' }, 'yes|/dev/vda'],
  [
    { 'a.yaml': 'verify: true\ndest-device:  "largest,bus=nvme" # the fast one\n' },
    'yes|largest,bus=nvme',
  ],
  [
    { '20.yaml': "dest-device: '/dev/vdb'\n", '10.yaml': 'dest-device: /dev/vda\n' },
    'yes|/dev/vdb',
  ],
  [{ 'a.yaml': '\ufeffdest-device: /dev/vda\r\nverify: true\r\n' }, 'yes|/dev/vda'],
  [{ 'a.yaml': '  verify: true\n  dest-device: largest, bus=nvme\n' }, 'yes|largest, bus=nvme'],
  [{ 'a.yaml': '{verify: true, dest-device: /dev/vda, stream: stable} # x' }, 'yes|/dev/vda'],
  [{ 'a.yaml': '{\n  dest-device: /dev/vda,\n  verify: true\n}\n' }, 'yes|/dev/vda'],
  [{ 'a.json': '{"retry-for":"5m","dest-device":"largest,bus=nvme"}' }, 'yes|largest,bus=nvme'],
  [
    { 'a.json': JSON.stringify({ 'dest-device': '/dev/vda', verify: true }, undefined, 2) },
    'yes|/dev/vda',
  ],
  [{ 'a.yaml': "'dest-device': '/dev/vda'\r\n" }, 'yes|/dev/vda'],
  [{ 'a.yaml': 'verify: true # dest-device: /dev/vda\n# dest-device: /dev/vdb\n' }, 'yes|'],
] as const)(
  'config files %j start the installer, and say which disk to wait for',
  (files, answer) => {
    for (const shell of ['dash', 'bash']) expect(readBy(shell, files), shell).toBe(answer);
  },
);

const additions = `
. '${lib}'
cat() { printf '%s\\n' "$ARGUMENTS"; }
installer_wanted
default_arguments
`;

/** What is added to the kernel arguments. */
function added(
  text: string,
  files: Readonly<Record<string, string>>,
  authorities = '/nonexistent',
): string[] {
  const configs = mkdtempSync(join(tmpdir(), 'installer.d-'));
  try {
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(configs, name), content);
    const env = { ...process.env, ARGUMENTS: text, configs, authorities };
    return ['dash', 'bash'].map((shell) =>
      execFileSync(shell, ['-euc', additions], { env }).toString(),
    );
  } finally {
    rmSync(configs, { recursive: true });
  }
}

test.each([
  ['coreos.inst', {}, 'coreos.inst.retry_for=0\n'],
  ['coreos.inst.retry_for=5m', {}, ''],
  // A kernel argument would win over what they say.
  ['quiet', { 'a.yaml': 'verify: true' }, ''],
  ['quiet', { 'a.json': '{"verify": true, "retry-for": "5m"}' }, ''],
])('with %s and the config files %j a medium adds %j', (text, files, more) => {
  const expected = `rd.neednet=1 rd.retry=45\n${more}`;
  expect(added(text, files)).toEqual([expected, expected]);
});

test('certificates of the medium are for the installer, however it is started', () => {
  for (const answer of added('coreos.inst.retry_for=5m', {}, lib))
    expect(answer.split('\n')).toContain(`coreos.inst.ca_file=${lib}`);
});

test('coreos.inst=no prevents that, too', () => {
  const files = { 'a.yaml': 'dest-device: /dev/vda\n' };
  expect(readBy('dash', files, 'coreos.inst=no')).toBe('no|/dev/vda');
});
