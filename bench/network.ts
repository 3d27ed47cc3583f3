import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { accepting } from '../test/support/ports.ts';

export interface Network extends AsyncDisposable {
  readonly url: string;
}

const namespace = `coreos-bench-${process.pid}`;
/** A network of four addresses from the range for benchmarks (RFC 2544), different for each process. */
const subnet = process.pid % 2 ** 14;
const [here, there] = [1, 2].map((host) => `198.18.${subnet >> 6}.${(subnet & 63) * 4 + host}`) as [
  string,
  string,
];
const port = 8080;

/**
 * nginx that serves `directory` in its own network namespace, over a virtual cable with a rate of
 * `bytesPerSecond` (no limit when undefined). Only this machine can reach it.
 */
export async function serve(directory: string, bytesPerSecond?: number): Promise<Network> {
  await using undo = new AsyncDisposableStack();
  const own = `cb${process.pid}`;
  await execa('ip', ['netns', 'add', namespace]);
  undo.defer(async () => void (await execa('ip', ['netns', 'delete', namespace])));
  await execa('ip', [
    'link',
    'add',
    own,
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    namespace,
  ]);
  // With its namespace it would be removed only after a while, and the next one uses its name and address.
  undo.defer(async () => void (await execa('ip', ['link', 'delete', own])));
  await execa('ip', ['address', 'add', `${here}/30`, 'dev', own]);
  await execa('ip', ['link', 'set', own, 'up']);
  const inside = ['netns', 'exec', namespace];
  await execa('ip', [...inside, 'ip', 'address', 'add', `${there}/30`, 'dev', 'eth0']);
  await execa('ip', [...inside, 'ip', 'link', 'set', 'eth0', 'up']);
  if (bytesPerSecond !== undefined) {
    const rate = ['rate', `${bytesPerSecond * 8}bit`, 'burst', '256k', 'latency', '50ms'];
    await execa('ip', [...inside, 'tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', ...rate]);
  }

  const home = await mkdtemp(join(tmpdir(), 'coreos-installer-bench-nginx-'));
  undo.defer(() => rm(home, { recursive: true }));
  await writeFile(
    join(home, 'nginx.conf'),
    `daemon off; master_process off; pid ${home}/pid; error_log stderr warn; events {}
     http { access_log off; log_not_found off; sendfile on; tcp_nopush on;
       ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((x) => `${x}_temp_path ${home}/${x};`).join(' ')}
       server { listen ${there}:${port}; root ${directory}; } }`,
  );
  const server = spawn(
    'ip',
    [...inside, 'nginx', '-p', home, '-e', 'stderr', '-c', join(home, 'nginx.conf')],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  undo.defer(() => end(server));
  await accepting(port, there);
  const owned = undo.move();
  return {
    url: `http://${there}:${port}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
