import { hasBytes } from '../lib/bytes.ts';
import type { LiveFile, Unit } from './live-config.ts';
import type { GivenFile } from './wished-file.ts';
import { baseName, unusable } from './wished-file.ts';

export type HookKind = 'pre-install' | 'post-install';

const orderOf: Record<HookKind, readonly [string, string]> = {
  'pre-install': [
    'After=coreos-installer-pre.target\nBefore=coreos-installer.service',
    'RequiredBy=coreos-installer.service',
  ],
  'post-install': [
    'After=coreos-installer.service\nBefore=coreos-installer.target',
    'RequiredBy=coreos-installer.target',
  ],
};

/** On a medium of this program: its initramfs runs what is there, in the order of the names. */
export const ownHook = (kind: HookKind, file: GivenFile): LiveFile => ({
  path: `/etc/coreos/${kind}.d/${checkedName(file)}`,
  mode: 0o700,
  bytes: file.bytes,
});

function checkedName({ path, bytes }: GivenFile): string {
  const name = baseName(path);
  // Other characters have a meaning in the names of units, or in ExecStart.
  if (!/^[A-Za-z0-9:_-][A-Za-z0-9:_.-]*$/.test(name))
    throw unusable(path, 'a unit cannot be named after it', 'Rename it: letters, digits, _ . - :');
  if (!hasBytes(bytes, 0, '#!') && !hasBytes(bytes, 0, '\x7fELF'))
    throw unusable(path, 'it is not a program', 'Begin a script with #!/bin/bash, for example.');
  return name;
}

/** A program that runs before or after the installation, and the unit that runs it. */
export function makeHook(kind: HookKind, given: GivenFile): { file: LiveFile; unit: Unit } {
  const name = checkedName(given);
  const program = `/usr/local/bin/${kind}-${name}`;
  const [order, wantedBy] = orderOf[kind];
  const contents = `[Unit]
Description=${kind === 'pre-install' ? 'Before' : 'After'} the installation: ${name}
${order}

[Service]
Type=oneshot
RemainAfterExit=true
ExecStart=${program}
StandardOutput=kmsg+console
StandardError=kmsg+console

[Install]
${wantedBy}
`;
  return {
    file: { path: program, mode: 0o700, bytes: given.bytes },
    unit: { name: `${kind}-${name}.service`, contents },
  };
}
