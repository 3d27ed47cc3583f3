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
function added(text: string, config: string, authorities = '/nonexistent'): string[] {
  const configs = mkdtempSync(join(tmpdir(), 'installer.d-'));
  try {
    writeFileSync(join(configs, 'a.yaml'), config);
    const env = { ...process.env, ARGUMENTS: text, configs, authorities };
    return ['dash', 'bash'].map((shell) =>
      execFileSync(shell, ['-euc', additions], { env }).toString(),
    );
  } finally {
    rmSync(configs, { recursive: true });
  }
}

test.each([
  ['quiet', 'verify: true', 'coreos.inst.retry_for=0\n'],
  ['coreos.inst.retry_for=5m', 'verify: true', ''],
  ['quiet', 'retry-for: 5m', ''],
])('with %s and %s a medium adds %j', (text, config, more) => {
  const expected = `rd.neednet=1 rd.retry=45\n${more}`;
  expect(added(text, config)).toEqual([expected, expected]);
});

test('certificates of the medium are for the installer, however it is started', () => {
  for (const answer of added('coreos.inst.retry_for=5m', 'verify: true', lib))
    expect(answer.split('\n')).toContain(`coreos.inst.ca_file=${lib}`);
});

test('coreos.inst=no prevents that, too', () => {
  const files = { 'a.yaml': 'dest-device: /dev/vda\n' };
  expect(readBy('dash', files, 'coreos.inst=no')).toBe('no|/dev/vda');
});
