import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { parseWords } from '../../../src/commands/parse-words.ts';
import { provision } from '../../../src/provision/commands/provision-commands.ts';
import { DhcpNetwork } from '../../support/dhcp-network.ts';
import { failure } from '../../support/failure.ts';
import { lacks, lacksRoot } from '../../support/needs.ts';
import { blocksOf, readPage } from '../../support/pages.ts';

const program = join(import.meta.dirname, '../../../src/provision/provision-main.ts');

const url = 'http://192.0.2.1:8080';

/** The command of the page, with the names of the test’s network. */
function commandWith(text: string, directory: string): string[] {
  const line = blocksOf(readPage('fleet/dhcp.md'), 'sh')
    .flatMap((block) => block.split('\n'))
    .find((command) => command.includes(text));
  return (line ?? expect.fail(text))
    .split(' ')
    .slice(1)
    .map((word) => word.replace('rack/', directory).replace('eno1', 'lan'));
}

test
  .skipIf(lacksRoot() || lacks('dnsmasq', 'python3', 'curl'))
  .each(['--dhcp proxy', '--dhcp server'])(
  'serve %s gives machines their loader, and doctor says so',
  async (mode) => {
    const directory = await mkdtemp(join(tmpdir(), 'fleet-'));
    await using network = await DhcpNetwork.create();
    try {
      await mkdir(join(directory, 'assets/tftp'), { recursive: true });
      await writeFile(join(directory, 'assets/tftp/snponly.efi'), '');
      await writeFile(join(directory, 'fleet.yaml'), `url: ${url}\n`);
      await writeFile(join(directory, 'machines.csv'), 'name,mac,rack,profile\n');
      const start = (...args: readonly string[]) =>
        network.start('server', [process.execPath, program, ...args]);
      const child = start(...commandWith(mode, directory));
      const lines = createInterface(child.stdout as NodeJS.ReadableStream);
      // The first line says that everything runs.
      await expect(once(lines, 'line')).resolves.toBeDefined();
      await expect
        .poll(async () => (await network.boot([{ architecture: 7 }]))[0]?.file, { timeout: 30_000 })
        .toBe('snponly.efi');
      const doctor = async () => (await start('doctor', directory, '52-54-00-00-00-00')).all;
      await expect.poll(doctor, { timeout: 10_000 }).toMatch(/^DHCP +ok +asked by uefi-x64/m);
      expect(await doctor()).toMatch(/^script +missing +it has not asked.*\n(.*\n)+Next: /m);
      await network.start('machine', ['curl', '-s', `${url}/ipxe?mac=52:54:00:00:00:00`]);
      expect(await doctor()).toMatch(
        /^decision +failed .* is in no line of machines\.csv\.\n(.*\n)+Next: If it is one of yours, add a line/m,
      );
      child.kill();
      await child;
    } finally {
      await rm(directory, { recursive: true });
    }
  },
);

const parse = (...words: readonly string[]) =>
  parseWords(provision, ['serve', 'rack', ...words], { version: '0' });

test.each([
  [['--dhcp', 'proxy'], 'needs --interface'],
  [['--dhcp', 'server', '--interface', 'eno1'], 'needs --dhcp-range'],
  [['--dhcp-range', '192.0.2.1-192.0.2.2'], 'need --dhcp server'],
  [['--dhcp', 'proxy', '--interface', 'eno1', '--dhcp-router', '192.0.2.1'], 'need --dhcp server'],
  [['--dhcp', 'both'], 'none, proxy, server'],
])('serve %j is refused', (words, why) => {
  expect(() => parse(...words)).toThrow(failure('invalid-command-line'));
  expect(() => parse(...words)).toThrow(why);
});
