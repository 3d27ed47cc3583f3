import { InstallerError } from '../../src/lib/errors.ts';
import { clearDhcp, startDhcp } from '../../src/provision/dhcp/start-dhcp.ts';

/** Runs dnsmasq for a fleet until standard input ends, or SIGTERM. Prints `ready`, or the failure. */
const [directory = '', mode, range] = process.argv.slice(2);
try {
  await clearDhcp(directory);
  await using _ = await startDhcp({
    directory,
    url: 'http://192.0.2.1:8080',
    asked: {
      mode: mode === 'server' ? 'server' : 'proxy',
      interface: 'lan',
      addresses: range === undefined ? {} : { range },
    },
    say: (line) => console.log(line),
  });
  console.log('ready');
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  process.stdin.on('end', end).resume();
  process.once('SIGTERM', () => end());
  await ended;
  process.stdin.destroy();
} catch (error) {
  if (!(error instanceof InstallerError)) throw error;
  console.log(`${error.failure.code}: ${error.message}`);
}
