import { execa } from 'execa';
import { expect, test } from 'vitest';
import { sameAgain } from '../../../../src/commands/install/run-outcome.ts';
import { todaysCommandAgain, tryAgainCommand } from '../../../../src/commands/install/try-again.ts';
import { parseCommandLine } from '../../../../src/commands/parse.ts';

test('gives the command with what is known, and a word for what is missing', () => {
  expect(tryAgainCommand({ device: 'vda', imageUrl: 'http://192.0.2.100/x.raw.xz' })).toBe(
    'coreos-installer -d vda -i IGNITION_URL -b http://192.0.2.100/x.raw.xz',
  );
  expect(tryAgainCommand({})).toBe('coreos-installer -d DEVICE -i IGNITION_URL -b IMAGE_URL');
});

test('asks for no image where a stream has it', () => {
  expect(tryAgainCommand({ device: 'vda', stream: 'stable' })).toBe(
    'coreos-installer -d vda -i IGNITION_URL -s stable',
  );
});

test('repeats how the config is checked', () => {
  expect(tryAgainCommand({ checkIgnition: 'error' })).toMatch(/ --check-ignition error$/);
});

test('repeats all that was given, in a form that the program takes', () => {
  const known = { retryFor: '5m', notifyUrl: 'http://a/ http://b/', caFile: '/ca.pem' };
  const command = tryAgainCommand(known, ['verify', 'requireSignature', 'skipReboot']);
  expect(command).toBe(
    'coreos-installer -d DEVICE -i IGNITION_URL -b IMAGE_URL --retry-for 5m --ca-file /ca.pem ' +
      '--notify-url http://a/ --notify-url http://b/ --require-signature --verify',
  );
  const argv = command.split(' ').slice(1);
  expect(parseCommandLine(argv, { version: '0' })).toMatchObject({
    asked: { ...known, caFile: '/ca.pem', verify: true, requireSignature: true },
  });
});

test('repeats the id of the installation, which no file keeps', () => {
  const installId = '6f1c0a52-3d0e-5b0e-9c58-0d5c6a2f7e11';
  const options = { device: 'vda', ignitionUrl: 'skip', imageUrl: 'http://h/i', installId };
  const sources = { options, files: { directory: '/tmp' }, kernel: [] };
  expect(sameAgain({ sources })).toBe(
    `coreos-installer -d vda -i skip -b http://h/i --install-id ${installId}`,
  );
});

test('reads what is secret from the file that has it, and leaves out what is found anyway', async () => {
  const known = {
    device: 'vda',
    ignitionUrl: 'http://core:secret@host/c.ign',
    imageUrl: 'http://host/i?secret',
    notifyUrl: 'http://a/ http://b/?secret',
    proxy: 'http://p:3128',
  };
  const inFiles = tryAgainCommand(known, [], (key) => ({ file: `/tmp/${key}` }));
  expect(inFiles).toBe(
    'coreos-installer -d vda -i "$(cat /tmp/ignitionUrl)" -b "$(cat /tmp/imageUrl)" ' +
      '--proxy http://p:3128 --notify-url "$(cat /tmp/notifyUrl)"',
  );
  expect(tryAgainCommand(known, [], () => 'same-place')).toBe(
    'coreos-installer -d vda --proxy http://p:3128',
  );
  expect(tryAgainCommand(known)).toBe(
    "coreos-installer -d vda -i 'http://***@host/c.ign' -b 'http://host/i?***' " +
      "--proxy http://p:3128 --notify-url http://a/ --notify-url 'http://b/?***'",
  );
});

test('a shell reads it back word for word', async () => {
  const device = '/dev/disk/by-id/it\'s $HOME; a "disk"';
  const command = tryAgainCommand({ device, platformId: 'metal' });
  const { stdout } = await execa('sh', ['-c', `set -- ${command}; printf '%s' "$3"`]);
  expect(stdout).toBe(device);
});

test('repeats what was typed after install, with the device if it was missing, and no secret', () => {
  const origins = { device: { kind: 'option', name: 'the command line' } } as const;
  const again = (words: string[], device?: string) =>
    todaysCommandAgain({ words, origins: words.includes('sda') ? origins : {} }, device);
  expect(again(['-u', 'http://h/i?a', 'sda'])).toBe(
    "coreos-installer install -u 'http://h/i?***' sda",
  );
  expect(again(['--insecure'])).toBe('coreos-installer install --insecure DEVICE');
  expect(again(['--insecure'], 'sdb')).toBe('coreos-installer install --insecure sdb');
  for (const words of [['--proxy', 'core:secret@h:1'], ['--proxy=core:secret@h:1']])
    expect(again([...words, 'sda'])).not.toContain('secret');
});
