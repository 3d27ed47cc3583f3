import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import { expect, test } from 'vitest';
import { root } from '../../../scripts/lib/paths.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { makeFleet } from '../../support/fleet-directory.ts';
import { lacks } from '../../support/needs.ts';
import { reservePort } from '../../support/ports.ts';
import { provision, runningServer } from '../../support/running-server.ts';

const mac = 'mac=52-54-00-00-00-01';
const ask = async (url: string) => {
  const { statusCode, body } = await request(url);
  return { status: statusCode, text: await body.text() };
};

test('a new database installs nothing until an operator releases it; then each machine once', async () => {
  using fleet = makeFleet();
  const at = ['--dir', fleet.path];
  await using server = await runningServer(fleet.path);
  expect(await ask(`${server.url}/ipxe?${mac}`)).toMatchObject({ status: 200 });
  expect((await ask(`${server.url}/ipxe?${mac}`)).text).not.toContain('kernel');
  expect((await provision('status', ...at)).stdout).toContain('The fleet is held.');
  expect(await provision('release', '--all', ...at)).toMatchObject({
    exitCode: 0,
    stdout: 'The fleet is released: 1 machine.\n',
  });

  const script = (await ask(`${server.url}/ipxe?${mac}`)).text;
  const [, id, token] =
    /ignition_url=http:\/\/([^:]+):([^@]+)@192\.0\.2\.1:8080\/ignition /.exec(script) ?? [];
  const authorization = `Basic ${Buffer.from(`${id}:${token}`).toString('base64')}`;
  const post = async (path: string, body: object) => {
    const options = {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify(body),
    } as const;
    const answer = await request(`${server.url}${path}`, options);
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  const config = await request(`${server.url}/ignition`, { headers: { authorization } });
  expect(await config.body.text()).toContain('n1.example');
  expect((await post('/v1/progress', { event: 'progress', percent: 40 })).status).toBe(200);
  expect((await provision('status', '--all', ...at)).stdout).toMatch(
    /n1 +r1 +installing +1 .*40 %/,
  );
  expect((await post('/v1/notice', { result: 'installed', installId: id })).status).toBe(204);
  expect((await ask(`${server.url}/ipxe?${mac}`)).text).toMatch(/\nexit 1\n$/);
  expect((await ask(`${server.url}/grub?${mac}`)).text).toMatch(/\nexit 1\n$/);

  const events = await provision('events', '--json', ...at);
  const kinds = events.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).kind);
  expect(kinds).toEqual(expect.arrayContaining(['started', 'released', 'permitted', 'installed']));
  expect((await provision('events', '--machine', 'n1', ...at)).stdout).toContain(
    'n1 installed by ',
  );
  expect(server.output() + events.stdout).not.toContain(token);
});

test('operators act on machines by name, and each refusal has its reason and next step', async () => {
  using fleet = makeFleet();
  const at = ['--dir', fleet.path];
  await using _ = await runningServer(fleet.path);
  expect(await provision('hold', 'n1', 'n9', '--why', 'a disk is missing', ...at)).toMatchObject({
    exitCode: 2,
    stdout: 'n1: held\n',
    stderr: expect.stringMatching(/^Cannot hold n9: .*\[machine-unknown\]\n$/),
  });
  expect((await provision('status', ...at)).stdout).toContain('n1 (held): a disk is missing');
  expect((await provision('release', 'n1', ...at)).stdout).toBe('n1: released\n');
  expect((await provision('retry', 'n1', ...at)).stderr).toContain('[machine-state-unsuitable]');
  expect((await provision('adopt', 'n1', ...at)).stdout).toBe('n1: taken for installed\n');
  expect((await provision('reinstall', 'n1', ...at)).stdout).toBe(
    'n1: installed again when it boots\n',
  );
  const { machines } = JSON.parse((await provision('status', '--json', ...at)).stdout);
  expect(machines).toMatchObject([{ name: 'n1', generation: 2, installedGeneration: 1 }]);
});

test('SIGHUP reads the files again, all or nothing; SIGTERM ends it, with the socket closed', async () => {
  using fleet = makeFleet();
  await using server = await runningServer(fleet.path);
  const line = (number: number) =>
    `n${number},52:54:00:00:00:0${number},r1,worker,n${number}.example\n`;
  fleet.put('machines.csv', `name,mac,rack,profile,hostname\n${line(1)}${line(2)}`);
  server.child.kill('SIGHUP');
  await server.said('was read again: 2 machines.');
  fleet.put('machines.csv', `name,mac,rack,profile,hostname\n${line(3)}x,not a MAC,r1,worker,x\n`);
  server.child.kill('SIGHUP');
  await server.said('The files in use stay those of before.');
  const { stdout } = await provision('status', '--json', '--dir', fleet.path);
  const view = JSON.parse(stdout);
  expect(view.loadFailure).toContain('machines.csv:3');
  expect(view.machines.map(({ name }: { name: string }) => name)).toEqual(['n1', 'n2']);

  // Without a signal, once the files stay the same.
  fleet.put('machines.csv', `name,mac,rack,profile,hostname\n${line(4)}`);
  await server.said('was read again: 1 machine.');

  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual([0, null]);
  const after = await provision('status', '--dir', fleet.path);
  expect(after).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('[server-not-running]'),
  });
});

test.each([
  'url: http://192.0.2.1:8081\n',
  'url: http://192.0.2.1:8080\ntls_url: https://a.example\n',
])('where nobody listens, no machine is sent without a restart: %j', async (settings) => {
  using fleet = makeFleet();
  await using server = await runningServer(fleet.path);
  await provision('release', '--all', '--dir', fleet.path);
  fleet.put('fleet.yaml', settings);
  server.child.kill('SIGHUP');
  await server.said('The files in use stay those of before.');
  const { stdout } = await provision('status', '--json', '--dir', fleet.path);
  expect(JSON.parse(stdout).loadFailure).toMatch(/url is another one .*Restart/);
  const { text } = await ask(`${server.url}/ipxe?${mac}`);
  expect(text).toContain('kernel http://192.0.2.1:8080/');
  expect(text).not.toMatch(/:8081|a\.example/);
});

test('GRUB’s config has the URL of fleet.yaml, whatever it was when the loaders were copied', async () => {
  using fleet = makeFleet();
  fleet.put('assets/tftp/grub/grub.cfg', 'source (http,192.0.2.77)/grub');
  for (const name of ['shimx64.efi', 'grubx64.efi']) fleet.put(`assets/tftp/${name}`, '');
  await using server = await runningServer(fleet.path);
  expect((await ask(`${server.url}/grub/grub.cfg`)).text).toContain('(http,192.0.2.1:8080)/grub?');
});

test('a server without --dhcp ends the dnsmasq of one that was killed', async () => {
  using fleet = makeFleet();
  const left = [
    '-e',
    'setInterval(() => {}, 1000)',
    '--',
    `--pid-file=${fleet.path}/state/dnsmasq.pid`,
  ];
  const child = spawn(process.execPath, left);
  const ended = once(child, 'exit');
  fleet.put('state/dnsmasq.pid', `${child.pid}\n`);
  await using _ = await runningServer(fleet.path);
  expect(await ended).toEqual([null, 'SIGTERM']);
});

test('two servers never share a directory; one that was killed leaves nothing in the way', async () => {
  using fleet = makeFleet();
  {
    await using first = await runningServer(fleet.path);
    await expect(runningServer(fleet.path)).rejects.toThrow('[database-unusable]');
    expect((await ask(`${first.url}/healthz`)).text).toBe('ok\n');
  }
  expect(statSync(join(fleet.path, 'state/control.sock')).isSocket()).toBe(true);
  await using _ = await runningServer(fleet.path);
  expect((await provision('status', '--dir', fleet.path)).exitCode).toBe(0);
});

test('files that are wrong keep it from starting, with all that is wrong', async () => {
  using fleet = makeFleet();
  fleet.put('machines.csv', 'name,mac,profile\na,x,worker\nb,52:54:00:00:00:02,nothing\n');
  const answer = await provision('serve', fleet.path, '--listen', '127.0.0.1:1');
  expect(answer.exitCode).toBe(4);
  expect(answer.stderr).toContain('machines.csv:2');
  expect(answer.stderr).toContain('machines.csv:3');
  expect(answer.stderr).toContain('[fleet-invalid]');
});

test.each([
  [['--listen', '127.0.0.1'], 'It must be ADDRESS:PORT'],
  [['--listen', '127.0.0.1:99999'], 'It must be ADDRESS:PORT'],
  [['--tls-cert', 'x'], '--tls-cert and --tls-key are given together'],
])('%j is refused', async (args, why) => {
  const answer = await provision('serve', '/nonexistent', ...args);
  expect(answer).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(why) });
});

test('a certificate without tls_url has no port', async () => {
  using fleet = makeFleet();
  const tls = ['--tls-cert', 'x', '--tls-key', 'y'];
  const answer = await provision('serve', fleet.path, ...tls);
  expect(answer.stderr).toContain('fleet.yaml has no tls_url');
  expect(answer.stderr).toContain('[parameters-conflict]');
});

test('tokens are made, listed and revoked beside a running server', async () => {
  using fleet = makeFleet();
  await using server = await runningServer(fleet.path);
  const { stdout } = await provision('token', 'create', fleet.path, '--name', 'alice');
  const hold = async () => {
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    const { statusCode, body } = await request(`${server.url}/api/v1/hold`, {
      method: 'POST',
      headers,
    });
    await body.dump();
    return statusCode;
  };
  expect(await hold()).toBe(200);
  expect((await provision('token', 'list', fleet.path)).stdout).toMatch(/^alice {2}\d{4}-/);
  expect((await provision('token', 'revoke', fleet.path, 'alice')).stdout).toBe('alice: revoked\n');
  expect(await hold()).toBe(401);
  rmSync(join(fleet.path, 'state/operators'), { recursive: true });
  expect((await provision('token', 'revoke', fleet.path, 'alice')).exitCode).toBe(2);
});

test.skipIf(lacks('openssl'))(
  'configs and reports have TLS at the port of tls_url; a certificate is renewed by SIGHUP',
  async () => {
    const { authority, good, expired } = await makeCertificates();
    using fleet = makeFleet();
    const port = await reservePort();
    fleet.put('fleet.yaml', `url: http://192.0.2.1:8080\ntls_url: https://localhost:${port}\n`);
    fleet.put('cert.pem', expired.cert);
    fleet.put('key.pem', expired.key);
    const files = [
      '--tls-cert',
      join(fleet.path, 'cert.pem'),
      '--tls-key',
      join(fleet.path, 'key.pem'),
    ];
    await using server = await runningServer(fleet.path, { args: files });
    await provision('release', '--all', '--dir', fleet.path);
    const script = (await ask(`${server.url}/ipxe?${mac}`)).text;
    const [, url = ''] = /ignition_url=(https:\/\/\S+\/ignition) /.exec(script) ?? [];
    const { username, password, origin } = new URL(url);
    expect(origin).toBe(`https://localhost:${port}`);
    const fetched = async () => {
      const dispatcher = new Agent({ connect: { ca: authority } });
      const authorization = `Basic ${btoa(`${username}:${password}`)}`;
      const answer = await request(`${origin}/ignition`, {
        dispatcher,
        headers: { authorization },
      });
      return await answer.body.text();
    };
    await expect(fetched()).rejects.toThrow('certificate has expired');
    fleet.put('cert.pem', good.cert);
    fleet.put('key.pem', good.key);
    server.child.kill('SIGHUP');
    await server.said('was read again');
    await expect.poll(fetched).toContain('n1.example');
    rmSync(join(fleet.path, 'key.pem'));
    server.child.kill('SIGHUP');
    await server.said('The certificate in use stays as it is.');
    expect(await fetched()).toContain('n1.example');
  },
);

test.skipIf(lacks('systemd-notify', 'python3'))(
  'systemd is notified when it answers, and when it ends',
  async () => {
    using fleet = makeFleet();
    const path = join(fleet.path, 'notify');
    const receiver = spawn('python3', [join(root, 'test/support/notify-socket.py'), path]);
    const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
    const next = async () => (await lines.next()).value;
    try {
      expect(await next()).toBe('ready');
      await using server = await runningServer(fleet.path, { env: { NOTIFY_SOCKET: path } });
      expect(await next()).toBe('READY=1');
      server.child.kill('SIGTERM');
      const after = [await next(), await next()];
      expect(after).toContain('STOPPING=1');
    } finally {
      receiver.kill();
    }
  },
);
