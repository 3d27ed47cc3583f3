import { expect, test } from 'vitest';
import { blsEntryPath } from '../../support/disk-image.ts';
import {
  type Fixture,
  type FixtureOptions,
  fixture,
  ignitionConfig,
} from '../../support/fixture.ts';
import { bootFileSystem, unexpectedDifferences } from '../../support/installed-disk.ts';
import { type InstallerRun, runInstaller } from '../../support/installer.ts';

/** The files that the callers write before they start the program. */
const tmpFiles = { 'ironic.ign': ignitionConfig, 'master.ign': ignitionConfig };

const run = (args: readonly string[], more: InstallerRun = {}) =>
  runInstaller({ tmpFiles, ...more, args: ['install', ...args] });

const keyfile = '[connection]\nid=office\ntype=ethernet\n';

/** On a system of NetworkManager, which the callers have: it knows one network. */
const withNetwork: InstallerRun = {
  tmpFiles: { ...tmpFiles, office: keyfile },
  wrapper: [
    ...['/bin/sh', '-ec'],
    `mkdir -p /tmp/etc/NetworkManager/system-connections
    install -m 600 /tmp/office /tmp/etc/NetworkManager/system-connections/
    mount -t overlay -o lowerdir=/tmp/etc:/etc overlay /etc
    exec "$@"`,
    'sh',
  ],
};

async function expectNetwork(it: Fixture): Promise<void> {
  const boot = await bootFileSystem(it.disk.path);
  expect((await boot.read('coreos-firstboot-network/office')).toString()).toBe(keyfile);
}

async function expectInstalled(it: Fixture, ...words: readonly string[]): Promise<void> {
  expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  const boot = await bootFileSystem(it.disk.path);
  expect((await boot.read('ignition/config.ign')).toString()).toBe(ignitionConfig);
  const entry = (await boot.read(blsEntryPath)).toString();
  const options = /^options (.*)$/m.exec(entry)?.[1]?.split(' ') ?? [];
  expect(options.slice(options.length - words.length)).toEqual(words);
}

/**
 * What assisted-installer makes of the output: it collects what arrives until there is the end of a
 * line in it, and takes the first parentheses that end with % in it as the progress.
 */
function progressReader() {
  const percents: (number | string)[] = [];
  let collected = '';
  return {
    percents,
    read(text: string) {
      collected += text;
      if (!/[\r\n]/.test(collected)) return;
      const [, percent] = /\((.*?%)\)\s*/.exec(collected) ?? [];
      if (percent !== undefined)
        percents.push(/^\d+%$/.test(percent) ? Number.parseInt(percent, 10) : percent);
      collected = '';
    },
  };
}

/** Slow enough for a few lines of progress. */
const slowly: FixtureOptions = {
  server: {
    fault: (_, { url }) =>
      url === '/image' ? { drip: { pieceBytes: 16_384, everyMs: 15 } } : undefined,
  },
};

test('assisted-installer, of 2020: its arguments, its progress, both outputs read as one', async () => {
  await using it = await fixture(slowly);
  const reader = progressReader();
  const args = ['--image-url', it.imageUrl, '--insecure', '-i', '/tmp/master.ign', it.disk.path];
  const result = await run(args, { onOutput: reader.read, onComplaint: reader.read });
  expect(result.exitCode, result.stderr).toBe(0);
  await expectInstalled(it);
  expect(reader.percents.length).toBeGreaterThan(2);
  expect(reader.percents).toEqual(reader.percents.toSorted((a, b) => Number(a) - Number(b)));
  expect(reader.percents.at(-1)).toBe(100);
});

test('assisted-installer, of today: further arguments of its users before the device', async () => {
  await using it = await fixture();
  const further = [
    ...['--append-karg', 'rd.znet=1', '--append-karg', 'ip=ens3:dhcp', '--copy-network'],
    ...['--save-partlabel', 'data*', '--image-url', it.imageUrl],
  ];
  const args = ['--insecure', '-i', '/tmp/master.ign', ...further, it.disk.path];
  const result = await run(args, withNetwork);
  expect(result.exitCode, result.stderr).toBe(0);
  await expectInstalled(it, 'rd.znet=1', 'ip=ens3:dhcp');
  await expectNetwork(it);
});

test('ironic-coreos-install: what fails is 1, and the same again installs', async () => {
  // The first download breaks, and nobody answers when it is resumed.
  let isBroken = true;
  let requests = 0;
  await using it = await fixture({
    server: {
      fault: (_, { url }) => {
        if (url !== '/image' || !isBroken) return undefined;
        return requests++ === 0 ? { cutAfterBytes: 500_000 } : { status: 404 };
      },
    },
  });
  const args = [
    ...['--preserve-on-error', '--ignition-file', '/tmp/ironic.ign'],
    // It joins arguments with a comma.
    ...['--append-karg', 'console=ttyS0,rd.debug', '--image-url', it.imageUrl, '--insecure'],
    ...['--append-karg', 'ip=dhcp rd.neednet=1', '--copy-network', it.disk.path],
  ];
  const first = await run(args, withNetwork);
  expect(first.exitCode, first.stderr).toBe(1);
  isBroken = false;
  const second = await run(args, withNetwork);
  expect(second.exitCode, second.stderr).toBe(0);
  await expectNetwork(it);
  await expectInstalled(it, 'console=ttyS0,rd.debug', 'ip=dhcp', 'rd.neednet=1');
});

test('a script that makes an image for a cloud', async () => {
  await using it = await fixture();
  const result = await run([
    ...['--firstboot-args=console=tty0', '--insecure', '--insecure-ignition'],
    ...['--preserve-on-error', '--platform', 'aws', '--image-url', it.imageUrl],
    ...['--ignition-file', '/tmp/master.ign', it.disk.path],
  ]);
  expect(result.exitCode, result.stderr).toBe(0);
  await expectInstalled(it, 'ignition.platform.id=aws');
  const stamp = await (await bootFileSystem(it.disk.path)).read('ignition.firstboot');
  expect(stamp.toString()).toBe('set ignition_network_kcmdline="rd.neednet=1 console=tty0"\n');
});

test('a script of OKD: the device first, and a config by its URL', async () => {
  await using it = await fixture();
  const result = await run(
    [
      ...[it.disk.path, '--insecure-ignition', `--ignition-url=${it.ignitionUrl}`],
      ...['--firstboot-args', 'rd.neednet=1', '--copy-network'],
      ...['--image-url', it.imageUrl, '--insecure'],
    ],
    withNetwork,
  );
  expect(result.exitCode, result.stderr).toBe(0);
  await expectInstalled(it);
  await expectNetwork(it);
});

test('assisted-installer on a live system of RHEL CoreOS: without an image, none of Fedora CoreOS', async () => {
  const wrapper = [
    ...['/bin/sh', '-ec'],
    `mount -t tmpfs -o mode=700 tmpfs /run/coreos-installer
    mkdir /run/coreos-installer/osmet
    : > /run/coreos-installer/osmet/rhcos-metal.x86_64.osmet
    exec "$@"`,
    'sh',
  ];
  const result = await run(['--insecure', '-i', '/tmp/master.ign', '/dev/sdz'], { wrapper });
  expect(result).toMatchObject({ exitCode: 2, code: 'parameter-missing' });
  expect(result.stderr).toContain('/run/coreos-installer/osmet');
});

test('what is typed wrong is 2', async () => {
  const result = await run(['--append-kargs', 'x', '/dev/sdz']);
  expect(result).toMatchObject({ exitCode: 2, code: 'invalid-command-line' });
});
