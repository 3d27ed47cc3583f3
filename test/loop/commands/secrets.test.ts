import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Fixture, fixture, ignitionConfig } from '../../support/fixture.ts';
import { unexpectedDifferences } from '../../support/installed-disk.ts';
import { runInstaller } from '../../support/installer.ts';
import { notifyServer } from '../../support/notify-server.ts';
import { progressServer } from '../../support/progress-server.ts';
import { startServer } from '../../support/servers.ts';
import { openStage } from '../../support/stage.ts';

/** Stands for a user name, a password and a key behind a `?`. */
const secret = 'sesame';
const withSecrets = (url: string) =>
  `${url.replace('//', `//${secret}U:${secret}P@`)}?sig=${secret}&x=${secret}2`;

/** Serves the fixture's image and config where the secrets are right; the image from `from` on. */
async function secretServer(it: Fixture, isThere: () => boolean = () => true) {
  const query = `?sig=${secret}&x=${secret}2`;
  const login = `Basic ${Buffer.from(`${secret}U:${secret}P`).toString('base64')}`;
  return await startServer({
    files: {
      [`/image${query}`]: await readFile(it.servedPath),
      [`/config.ign${query}`]: Buffer.from(ignitionConfig),
    },
    fault: (_, { url = '', headers }) =>
      headers.authorization !== login || (!isThere() && url.startsWith('/image'))
        ? { status: 403 }
        : undefined,
  });
}

test.each(['lines', 'json'])(
  'secrets in URLs are seen nowhere: --progress %s, the log, and what servers are told',
  async (progress) => {
    await using it = await fixture();
    await using server = await secretServer(it);
    await using told = await notifyServer();
    await using watching = await progressServer();
    const directory = await mkdtemp('/var/tmp/coreos-installer-secrets-');
    try {
      const log = join(directory, 'log');
      for (const image of ['image', 'nothing']) {
        const result = await runInstaller({
          args: [
            ...['-d', it.disk.path, '-i', withSecrets(`${server.url}/config.ign`)],
            ...['-b', withSecrets(`${server.url}/${image}`), '--progress', progress],
            ...['--notify-url', withSecrets(`${told.url}/done`), '--log-file', log, '--debug'],
            ...['--progress-url', withSecrets(`${watching.url}/progress`)],
          ],
        });
        expect(result.exitCode).toBe(image === 'image' ? 0 : 4);
        expect(result.stdout).toContain('http://***@127.0.0.1:');
        expect(result.stdout + result.stderr).not.toContain(secret);
        expect(result.tmpFiles['image_url']).toContain(secret);
      }
      expect(await readFile(log, 'utf8')).not.toContain(secret);
      expect(told.notices).toHaveLength(2);
      expect(JSON.stringify(told.notices.map(({ body }) => body))).not.toContain(secret);
      expect(watching.kinds()).toEqual(
        expect.arrayContaining(['parameters', 'installed', 'failed']),
      );
      expect(watching.posts.map(({ body }) => body).join('')).not.toContain(secret);
    } finally {
      await rm(directory, { recursive: true });
    }
  },
);

test('nor in a dry run, as text and as JSON', async () => {
  await using it = await fixture();
  await using server = await secretServer(it);
  const args = ['-d', it.disk.path, '-i', 'skip', '-b', withSecrets(`${server.url}/image`)];
  for (const json of [[], ['--json']]) {
    const result = await runInstaller({ args: [...args, '--dry-run', ...json] });
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('http://***@127.0.0.1:');
    expect(result.stdout + result.stderr).not.toContain(secret);
  }
});

test('nor where the command line or a kernel argument is not understood', async () => {
  const url = withSecrets('https://host/image');
  for (const run of [
    { args: ['-d', 'vdz', url] },
    { args: ['-d', 'vdz', '-b', url.replace('https', 'ftp')] },
    { args: ['-d', 'vdz', '-b', url.replace('https:', '')] },
    { args: ['-d', 'vdz', '-b', url.replace('host', 'host:99999')] },
    { args: ['-d', 'vdz', '-b', 'x', '--proxy', url.replace('https', 'socks5')] },
    { args: ['-d', 'vdz', '-b', 'x', '--notify-url', url.replace('https', 'ftp')] },
    { args: ['-d', 'vdz', '-b', 'x', '--progress-url', url.replace('https', 'ftp')] },
    { args: ['-d', 'vdz', '-b', 'x'], cmdline: `coreos.inst.imageurl=${url}` },
    { args: ['-d', 'vdz', '-b', url], cmdline: 'coreos.inst.verify=perhaps' },
  ]) {
    const result = await runInstaller(run);
    expect(result.exitCode, result.stderr).toBe(2);
    expect(result.stdout + result.stderr).not.toContain(secret);
  }
});

describe('the command to try, pasted as it stands, has the secrets again', () => {
  test.each(['options', 'kernel arguments'])('from %s', async (where) => {
    let isThere = false;
    await using it = await fixture();
    await using server = await secretServer(it, () => isThere);
    await using told = await notifyServer();
    await using stage = await openStage();
    const config = withSecrets(`${server.url}/config.ign`);
    const image = withSecrets(`${server.url}/image`);
    const notify = ['a', 'b'].map((name) => withSecrets(`${told.url}/${name}`));
    const byOption = ['-d', it.disk.path, '-i', config, '-b', image];
    const cmdline = [
      `coreos.inst.install_dev=${it.disk.path} coreos.inst.ignition_url=${config}`,
      `coreos.inst.image_url=${image}`,
      ...notify.map((url) => `coreos.inst.notify_url=${url}`),
    ].join(' ');
    if (where !== 'options') await stage.shell('echo "$1" > /run/cmdline', cmdline);
    const first = await stage.run(
      where === 'options' ? [...byOption, ...notify.flatMap((url) => ['--notify-url', url])] : [],
    );
    expect(first.exitCode, first.stderr).toBe(4);
    const [, command = ''] = /^Try: (.*)$/m.exec(first.stderr) ?? [];
    expect(command).toBe(
      `coreos-installer -d ${it.disk.path} -i "$(cat /tmp/ignition_url)" -b "$(cat /tmp/image_url)" ` +
        '--notify-url "$(cat /tmp/notify_url)"',
    );
    isThere = true;
    // Without the kernel arguments: the command says all.
    await stage.shell(': > /run/cmdline');
    const again = await stage.shell(`PATH=/mnt:$PATH; ${command}`);
    expect(again).toContain('Installed in');
    expect(again).not.toContain(secret);
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
    expect(told.notices.map(({ path }) => path.replace(/\?.*/, '')).sort()).toEqual([
      ...['/a', '/a', '/b', '/b'],
    ]);
  });
});
