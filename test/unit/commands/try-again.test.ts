import { execa } from 'execa';
import { expect, test } from 'vitest';
import { tryAgainCommand } from '../../../src/commands/try-again.ts';

test('gives the command with what is known, and a word for what is missing', () => {
  expect(tryAgainCommand({ device: 'vda', imageUrl: 'http://192.0.2.100/x.raw.xz' })).toBe(
    'coreos-installer -d vda -i IGNITION_URL -b http://192.0.2.100/x.raw.xz',
  );
  expect(tryAgainCommand({})).toBe('coreos-installer -d DEVICE -i IGNITION_URL -b IMAGE_URL');
});

test('repeats how the config is checked', () => {
  expect(tryAgainCommand({ checkIgnition: 'error' })).toMatch(/ --check-ignition error$/);
});

test('masks passwords', () => {
  expect(tryAgainCommand({ ignitionUrl: 'http://core:secret@host/c.ign' })).not.toContain('secret');
});

test('a shell reads it back word for word', async () => {
  const device = '/dev/disk/by-id/it\'s $HOME; a "disk"';
  const command = tryAgainCommand({ device, platformId: 'metal' });
  const { stdout } = await execa('sh', ['-c', `set -- ${command}; printf '%s' "$3"`]);
  expect(stdout).toBe(device);
});
