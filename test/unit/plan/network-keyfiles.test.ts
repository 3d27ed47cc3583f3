import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { judgeKeyfile, readKeyfiles } from '../../../src/plan/network-keyfiles.ts';

const keyfile = '[connection]\nid=office\ntype=ethernet\n';

const judge = (text: string, { mode = 0o600, name = 'office.nmconnection' } = {}) =>
  judgeKeyfile(`/d/${name}`, { name, mode, bytes: Buffer.from(text) });

describe('a file that NetworkManager will ignore is told', () => {
  test('not one that only root can read', () => {
    expect(judge(keyfile)).toEqual([]);
    expect(judge(`# by hand\r\n\r\n [connection] \r\nid=office\r\n type = vlan\r\n`)).toEqual([]);
    expect(judge('[connection]\nid=office\nautoconnect=\n[ethernet]\nmtu=1400')).toEqual([]);
    expect(judge(keyfile, { mode: 0o400 })).toEqual([]);
  });

  test.each([
    ['empty', ''],
    ['another format', 'auto eth0\niface eth0 inet dhcp\n'],
    ['only named in a comment', '# [connection]\n[ipv4]\n'],
    ['bytes', '\0\0\x7fELF'],
  ])('no keyfile: %s', (_, text) => {
    expect(judge(text)).toEqual([
      '/d/office.nmconnection is not a keyfile of NetworkManager, which will ignore it: ' +
        'it has no section [connection].',
    ]);
  });

  test.each([
    ['a comment of another kind', `${keyfile};mtu=1400 is too small\n`.replace('=1400', ''), 4],
    ['a line of another format', `${keyfile}auto eth0\n`, 4],
    ['a setting before the sections', `id=office\n${keyfile}`, 1],
    ['a setting without a name', `${keyfile}\n=x\n`, 5],
    ['something after a section', `${keyfile}[ipv4] # fixed\n`, 4],
    ['another end of lines', `#\n[connection]\n\r${keyfile.replaceAll('\n', '\r')}`, 3],
  ])('a line that cannot be read: %s', (_, text, line) => {
    expect(judge(text)).toEqual([
      `NetworkManager will ignore /d/office.nmconnection: line ${line} is neither a comment (#), ` +
        'a section, nor a setting (name=value) of one.',
    ]);
  });

  test.each(['', 'type=\n', '[ipv4]\nmethod=auto\n[user]\ntype=ethernet\n', '#type=ethernet\n'])(
    'no type: %j',
    (text) => {
      expect(judge(`[connection]\nid=office\n${text}`)).toEqual([
        'NetworkManager will ignore /d/office.nmconnection: ' +
          'its section [connection] has no type=, such as type=ethernet.',
      ]);
    },
  );

  test.each(['office', 'office.nmconnection~', '.office.nmconnection', '.nmconnection'])(
    'the name %s',
    (name) => {
      expect(judge(keyfile, { name })).toEqual([
        `NetworkManager will ignore /d/${name} on the first boot: its name must end with .nmconnection.`,
      ]);
    },
  );

  test.each([
    ['autoconnect=false', 'it has autoconnect=false'],
    [' autoconnect = no', 'it has autoconnect=no'],
    ['permissions=user:live:;', 'it has permissions=, for one user only'],
  ])('not to be activated: %s', (setting, why) => {
    expect(judge(`${keyfile}${setting}\n`)).toEqual([
      `NetworkManager will not activate /d/office.nmconnection by itself on the first boot: ${why}.`,
    ]);
  });

  test('not a setting of another section, nor what says the default', () => {
    expect(judge(`${keyfile}autoconnect=true\npermissions=\n`)).toEqual([]);
    expect(judge(`${keyfile}[user]\nautoconnect=false\npermissions=x\n`)).toEqual([]);
  });

  test.each([0o644, 0o640, 0o604, 0o620, 0o610])('the mode %o', (mode) => {
    const bits = `0${mode.toString(8)}`;
    expect(judge(keyfile, { mode })).toEqual([
      `Users other than root can access /d/office.nmconnection (mode ${bits}): ` +
        'NetworkManager will ignore it. Run: chmod 600 /d/office.nmconnection',
    ]);
  });

  const secrets = [
    '[wifi-security]\npsk=xyz',
    '[wifi-security]\nwep-key2 = xyz',
    '[802-1x]\npassword=xyz',
    '[802-1x]\npassword-raw=1;2',
    '[802-1x]\nprivate-key-password=xyz',
    '[802-1x]\nphase2-private-key-password=xyz',
    '[wifi-security]\nleap-password=xyz',
    '[gsm]\npin=1234',
    '[macsec]\nmka-cak=00',
    '[wireguard]\nprivate-key=xyz',
    '[wireguard-peer.abc]\npreshared-key=xyz',
    '[vpn-secrets]\nwhatever=xyz',
  ];
  test.each(secrets)('readable with a secret, which is not shown: %s', (text) => {
    const [told = '', ...others] = judge(`${keyfile}${text}\n`, { mode: 0o644 });
    expect(others).toEqual([]);
    expect(told).toContain('office.nmconnection, which contains a secret (mode 0644)');
    expect(told).not.toContain('xyz');
  });

  test.each([
    '[wifi-security]\npsk-flags=1',
    '[802-1x]\npassword-flags=0',
    '[802-1x]\nprivate-key=/etc/pki/key.pem',
    '[wifi-security]\npsk=',
    '# password=xyz',
    '[user]\nmy.pinned=1',
  ])('not a secret: %s', (text) => {
    expect(judge(`${keyfile}${text}\n`, { mode: 0o644 })[0]).not.toContain('secret');
  });
});

describe('a directory', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'keyfiles-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const put = async (name: string, text: string, mode = 0o600) => {
    await writeFile(join(directory, name), text);
    await chmod(join(directory, name), mode);
  };

  test('its regular files with their modes, by name', async () => {
    await put('b.nmconnection', keyfile, 0o640);
    await put('a.nmconnection', `${keyfile}\n`, 0o400);
    expect(await readKeyfiles(directory)).toEqual({
      directory,
      files: [
        { name: 'a.nmconnection', bytes: Buffer.from(`${keyfile}\n`), mode: 0o400 },
        { name: 'b.nmconnection', bytes: Buffer.from(keyfile), mode: 0o640 },
      ],
      warnings: [expect.stringContaining(`can access ${directory}/b.nmconnection (mode 0640)`)],
    });
  });

  test('links, directories and pipes are told, and not followed', async () => {
    await put('a.nmconnection', keyfile);
    await symlink('a.nmconnection', join(directory, 'link.nmconnection'));
    await mkdir(join(directory, 'more'));
    await execa('mkfifo', [join(directory, 'pipe')]);
    const { files, warnings } = await readKeyfiles(directory);
    expect(files.map(({ name }) => name)).toEqual(['a.nmconnection']);
    expect(warnings).toEqual(
      ['link.nmconnection', 'more', 'pipe'].map(
        (name) => `${directory}/${name} is not copied: it is not a regular file.`,
      ),
    );
  });

  test('without files: a warning', async () => {
    const { files, warnings } = await readKeyfiles(directory);
    expect(files).toEqual([]);
    expect(warnings).toEqual([`${directory} contains no keyfiles: no network is copied.`]);
  });

  test('a name cannot disguise a line', async () => {
    await put('a\n\u001b[2Jb', keyfile);
    expect((await readKeyfiles(directory)).warnings[0]).toContain(`${directory}/a??[2Jb`);
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['that does not exist', () => rm(directory, { recursive: true }), /ENOENT/],
    [
      'that is a file',
      async () => {
        await rm(directory, { recursive: true });
        await writeFile(directory, keyfile);
      },
      /ENOTDIR/,
    ],
    [
      'with a large file',
      () => put('a.nmconnection', keyfile.padEnd(64 * 1024 + 1)),
      /a\.nmconnection: it is larger than 64 KiB/,
    ],
    [
      'with too many files',
      async () => {
        for (let at = 0; at < 101; at++) await put(`${at}.nmconnection`, keyfile);
      },
      /it contains more than 100 files/,
    ],
  ])('%s is refused', async (_, prepare, why) => {
    await prepare();
    const refused = readKeyfiles(directory);
    await expect(refused).rejects.toMatchObject({
      exitCode: 2,
      failure: {
        code: 'network-directory-unusable',
        failed: `Cannot copy the network keyfiles in ${directory}`,
        why: expect.stringMatching(why),
      },
    });
    await mkdir(directory).catch(() => undefined);
  });
});
