import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InstallerError } from '../../src/lib/errors.ts';
import { DhcpMemory } from '../../src/provision/dhcp/dhcp-seen.ts';
import { endPredecessor } from '../../src/provision/dhcp/dnsmasq-process.ts';
import { startDhcp } from '../../src/provision/dhcp/start-dhcp.ts';

/**
 * Runs dnsmasq for a fleet until standard input ends, or SIGTERM. Prints `ready`, or the failure; and for
 * each MAC address that it reads, what was seen of it.
 */
const [directory = '', mode, range] = process.argv.slice(2);
try {
  await mkdir(join(directory, 'state'), { recursive: true });
  await endPredecessor(directory);
  const memory = new DhcpMemory();
  await using _ = await startDhcp({
    directory,
    url: 'http://192.0.2.1:8080',
    asked: {
      dhcp: mode === 'server' ? 'server' : 'proxy',
      interface: 'lan',
      ...(range !== undefined && { dhcpRange: range }),
    },
    onLine: (line) => memory.read(line, Date.now()),
    say: (line) => console.log(line),
  });
  console.log('ready');
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  process.stdin.on('end', end).on('data', (mac) => {
    console.log(JSON.stringify(memory.seen(`${mac}`.trim()) ?? {}));
  });
  process.once('SIGTERM', () => end());
  await ended;
  process.stdin.destroy();
} catch (error) {
  if (!(error instanceof InstallerError)) throw error;
  console.log(`${error.failure.code}: ${error.message}`);
}
