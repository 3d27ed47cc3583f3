import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parameterList } from '../../../src/parameters/parameter-list.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { fixture } from '../../support/fixture.ts';
import { unexpectedDifferences } from '../../support/installed-disk.ts';
import { binaryPath } from '../../support/installer.ts';
import { startServer } from '../../support/servers.ts';
import { openStage } from '../../support/stage.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp('/srv/coreos-installer-hostile-');
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const tools = ['blkid', 'sgdisk'];

/** Takes the place of a system tool, writes down what it was given, and does the tool's work. */
const spy = `#!/bin/sh
{ echo "tool $0 $*"; tr '\\0' '\\n' < /proc/$$/environ; } >> /run/spied
exec "/run/tools/$(basename "$0")" "$@"
`;

/** Puts the spy over the tools, within the stage only. */
const spyOnTools = `
mkdir /run/tools
for tool in ${tools.join(' ')}; do
  path=$(readlink -f "$(command -v "$tool")")
  cp "$path" "/run/tools/$tool"
  mount --bind "$1" "$path"
done
rm -f /run/spied
`;

describe('the environment', () => {
  test('leads to no other tools, and reaches none: not a variable, not a secret', async () => {
    await using it = await fixture({
      files: {
        '/secret.ign?hunter2': Buffer.from('{"ignition":{"version":"3.0.0"},"x":"hunter2"}'),
      },
    });
    await using stage = await openStage();
    await writeFile(join(directory, 'spy'), spy, { mode: 0o755 });
    await mkdir(join(directory, 'bin'));
    for (const tool of tools) {
      const script = '#!/bin/sh\necho intruded >> /run/intruded\n';
      await writeFile(join(directory, 'bin', tool), script, { mode: 0o755 });
    }
    await stage.shell(spyOnTools, join(directory, 'spy'));
    const withPassword = (url: string) => url.replace('http://', 'http://hunter2:hunter2@');
    const { exitCode, stdout, stderr } = await stage.run(
      [
        ...['-d', it.disk.path, '-b', withPassword(it.imageUrl)],
        ...['-i', withPassword(`${it.server.url}/secret.ign?hunter2`)],
      ],
      {
        env: {
          PATH: join(directory, 'bin'),
          LD_LIBRARY_PATH: directory,
          LD_AUDIT: '',
          SECRET: 'hunter2',
          NODE_OPTIONS: `--require=${join(directory, 'no-such-file')}`,
        },
      },
    );
    expect(exitCode, stderr).toBe(0);
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
    const spied = await stage.shell('cat /run/spied');
    const lines = spied.split('\n').filter((line) => line !== '');
    expect(lines.filter((line) => line.startsWith('tool ')).length).toBeGreaterThan(3);
    expect(new Set(lines.filter((line) => !line.startsWith('tool ')))).toEqual(
      new Set(['LC_ALL=C', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin']),
    );
    for (const text of [spied, stdout, stderr]) expect(text).not.toContain('hunter2');
    const modes = await stage.shell('stat -c "%a %U %n" /tmp/*; ls /run');
    expect(modes).toContain('600 root /tmp/image_url');
    expect(
      modes.split('\n').filter((line) => line.includes('/tmp/') && !/^600 root/.test(line)),
    ).toEqual([]);
    expect(modes).not.toContain('intruded');
  });

  test.each([
    ['NODE_EXTRA_CA_CERTS', 'ca.pem'],
    ['SSL_CERT_FILE', 'ca.pem'],
    ['SSL_CERT_DIR', '.'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', undefined],
  ])('adds no trust by %s', async (name, file) => {
    const { authority, good } = await makeCertificates();
    await writeFile(join(directory, 'ca.pem'), authority);
    await execa('openssl', ['rehash', directory]);
    await using server = await startServer({ tls: good, files: { '/image': Buffer.from('x') } });
    await using it = await fixture();
    await using stage = await openStage();
    const { exitCode, stderr } = await stage.run(
      ['-d', it.disk.path, '-i', 'skip', '-b', `${server.url}/image`, '--retry-for', '1s'],
      { env: { [name]: file === undefined ? '0' : join(directory, file) } },
    );
    expect(stderr).toContain(' [certificate-untrusted]\n');
    expect(exitCode).toBe(4);
    expect(server.requests).toEqual([]);
  });

  test('names no libraries to load by OPENSSL_CONF', async () => {
    // A fifo without a writer: whoever opens it waits for ever.
    const fifo = join(directory, 'openssl.cnf');
    await execa('mkfifo', [fifo]);
    const { stdout, timedOut } = await execa(binaryPath, ['--version', '--verbose'], {
      env: { OPENSSL_CONF: fifo },
      timeout: 60_000,
      reject: false,
    });
    expect(timedOut).toBe(false);
    expect(stdout).toContain('liblzma');
  });

  test('does not have the decoder loaded from somebody else’s TMPDIR', async () => {
    await using stage = await openStage();
    const noexec = ['/run', '/dev/shm', '/var/tmp', '/tmp'];
    const helpful = 'mkdir /run/help && mount -t tmpfs -o mode=0755,uid=65534 tmpfs /run/help';
    await stage.shell(`
      ${noexec.map((path) => `mount -t tmpfs -o noexec tmpfs ${path}`).join('\n')}
      ${helpful}
      mount -o remount,bind,ro /mnt`);
    const env = { TMPDIR: '/run/help' };
    const foreign = await stage.run(['--version', '--verbose'], { env });
    expect(foreign.stderr).toContain('/run/help: another user owns it');
    expect(foreign.exitCode).toBe(1);
    await stage.shell('chown root /run/help && chmod 777 /run/help');
    const open = await stage.run(['--version', '--verbose'], { env });
    expect(open.stderr).toContain('/run/help: others may replace files in it');
    await stage.shell('chmod 755 /run/help');
    expect((await stage.run(['--version', '--verbose'], { env })).stdout).toContain('liblzma');
  });
});

describe('what others have put into /tmp', () => {
  const plant: Readonly<Record<string, string>> = {
    'a symbolic link': 'ln -s /etc/hostname /tmp/image_url',
    'a fifo': 'mkfifo /tmp/image_url',
    'a socket': `python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('/tmp/image_url')"`,
    'a directory': 'mkdir /tmp/image_url',
    'a file of another user': 'echo http://evil/ > /tmp/image_url; chown 65534 /tmp/image_url',
    'a dangling link': 'ln -s /tmp/new /tmp/image_url',
    'a hard link': 'ln /etc/hostname /tmp/image_url || ln /tmp/victim /tmp/image_url',
    'a file that all can write to': 'echo http://evil/ > /tmp/image_url; chmod 666 /tmp/image_url',
  };

  const names = Object.values(parameterList).map(({ file }) => file);

  test('beside our files is not touched, and stops nothing, whatever it is', async () => {
    await using stage = await openStage();
    // What could be taken for something that a killed run has left: of a process that is gone.
    const kinds = [
      'echo x > "$1"',
      'echo x > "$1"; chown 65534 "$1"',
      'mkdir "$1"; echo x > "$1/file"',
      'ln -s /etc/hostname "$1"',
      'ln /tmp/victim "$1"',
      'mkfifo "$1"',
    ];
    const plants = names.flatMap((name, index) => [
      `set -- /tmp/${name}.99999${index % 10}; ${kinds[index % kinds.length]}`,
      `set -- /tmp/.coreos-installer.${name}.99999${index % 10}.0123456789abcdef; ${kinds[(index % 5) + 1]}`,
    ]);
    await stage.shell(`chmod 1777 /tmp; echo untouched > /tmp/victim; ${plants.join('\n')}`);
    const list =
      'cd /tmp; ls -lnR --time-style=+ | grep -v "total" | grep "9999"; ls -An --time-style=+ | grep 9999; cat victim';
    const before = await stage.shell(list);
    const args = ['-d', 'vdz', '-i', 'skip', '-b', 'http://127.0.0.1:1/i', '--retry-for', '1s'];
    const more = ['--verify', '--noproxy', 'h', '--keyring', '/tmp/victim'];
    const { exitCode, stderr } = await stage.run([...args, ...more]);
    expect(stderr).toContain('Cannot install to /dev/vdz');
    expect(stderr).toContain(' [target-missing]\n');
    expect(exitCode).toBe(3);
    expect(await stage.shell(list)).toBe(before);
    expect(await stage.shell('cat /tmp/verify /tmp/no_proxy')).toBe('1\nh');
  });

  test('is refused with a sentence, at once, and is not followed', async () => {
    await using stage = await openStage();
    for (const [what, script] of Object.entries(plant)) {
      await stage.shell(`rm -rf /tmp/*; echo x > /tmp/victim; ${script}`);
      const before = await stage.shell('ls -ln --time-style=+ /tmp');
      const { exitCode, stderr } = await stage.run(['-d', 'vdz', '-i', 'skip', '-b', 'http://h/i']);
      expect(exitCode, what).toBe(2);
      expect(stderr, what).toContain(' [parameter-file-untrusted]\n');
      expect(stderr, what).toMatch(
        /^Cannot use \/tmp\/image_url: (it (is a symbolic link|is a directory|is not a regular file|has another name, too \(a hard link\)|belongs to user 65534, not to root)|users other than root can write to it)\. Remove \/tmp\/image_url/m,
      );
      expect(await stage.shell('ls -ln --time-style=+ /tmp'), what).toBe(before);
    }
  });

  test('names that a run would take for itself are not written to', async () => {
    await using it = await fixture();
    await using stage = await openStage();
    await stage.shell('mkdir -m 777 /tmp/coreos-installer; chown 65534 /tmp/coreos-installer');
    await stage.shell('ln -s /run/elsewhere /run/coreos-installer');
    const { exitCode, stderr } = await stage.run(it.args);
    expect(exitCode, stderr).toBe(0);
    expect(await stage.shell('ls -A /tmp/coreos-installer')).toBe('');
    expect((await stage.shell('ls /run')).split('\n')).not.toContain('elsewhere');
  });
});
