import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lacks } from '../../support/needs.ts';

const media = join(import.meta.dirname, '../../../media');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'root-packages-'));
  for (const name of ['work', 'apt.conf.d']) mkdirSync(join(directory, name));
  const text = `
    Dir::Etc::sourcelist "${directory}/sources.list";
    Dir::Etc::sourceparts "/dev/null";
    Dir::Etc::parts "${directory}/apt.conf.d";
    Dir::Etc::main "/dev/null";
    Acquire::Retries "0";`;
  writeFileSync(join(directory, 'apt.conf'), text);
  sources(own());
  offer({ version: '1.0' });
});
afterEach(() => rmSync(directory, { recursive: true }));

/** The source with the packages, as a line for apt. */
const own = (option = '') => `deb [trusted=yes ${option}] file:${directory}/repository test main`;
const sources = (...lines: readonly string[]) =>
  writeFileSync(join(directory, 'sources.list'), `${lines.join('\n')}\n`);
const configure = (text: string) => writeFileSync(join(directory, 'apt.conf.d/50test'), text);

/** The packages of the media, of which systemd depends on a library with this version. */
function offer({ version = '1.0', origin = 'Debian', without = '', arch = 'arm64' }): void {
  const lists = ['packages.txt', 'packages-arm64.txt'].map((name) =>
    readFileSync(join(media, name), 'utf8'),
  );
  const names = lists.join('').match(/^[^#\n]+$/gm) ?? [];
  const stanza = (name: string, more: string) =>
    `Package: ${name}\nArchitecture: ${arch}\n${more}\nFilename: ${name}.deb\nSize: 1\n` +
    `SHA256: ${'0'.repeat(64)}\nMaintainer: a\nDescription: b\n\n`;
  const packages = [
    ...`${names.join(' ')} systemd-sysv`
      .split(' ')
      .filter((name) => name !== without)
      .map((name) =>
        stanza(name, name === 'systemd' ? 'Version: 1\nDepends: library' : 'Version: 1'),
      ),
    stanza('library', `Version: ${version}`),
    stanza('basis', 'Version: 1\nEssential: yes'),
  ].join('');
  const hash = createHash('sha256').update(packages).digest('hex');
  const name = `main/binary-${arch}/Packages`;
  const release = `Origin: ${origin}\nSuite: test\nCodename: test\nArchitectures: ${arch}\nComponents: main\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n ${hash} ${packages.length} ${name}\n`;
  rmSync(repository(), { recursive: true, force: true });
  mkdirSync(repository(`main/binary-${arch}`), { recursive: true });
  writeFileSync(repository(name), packages);
  writeFileSync(repository('Release'), release);
}

const repository = (name = '') => join(directory, 'repository/dists/test', name);

function list(env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(join(media, 'root-packages.sh'), {
    env: {
      ...process.env,
      ...{ ARCH: 'arm64', WORK: join(directory, 'work') },
      ...{ APT_CONFIG: join(directory, 'apt.conf'), ...env },
    },
    encoding: 'utf8',
  });
  const log = join(directory, 'work/apt.log');
  const why = existsSync(log) ? stderr + readFileSync(log, 'utf8') : stderr;
  return { status, stderr, why, packages: stdout.split('\n').slice(0, -1) };
}

describe.skipIf(process.arch === 'arm64' || lacks('apt-get'))(
  'packages of another architecture',
  () => {
    test('are all that the media consist of, with what these need; a new version changes the list', () => {
      const first = list();
      expect(first.packages, first.why).toEqual(
        expect.arrayContaining(['systemd=1', 'dracut-core=1', 'library=1.0', 'basis=1']),
      );
      expect(list().packages).toEqual(first.packages);
      offer({ version: '1.1' });
      const updated = first.packages.map((one) => one.replace('library=1.0', 'library=1.1'));
      expect(list().packages).toEqual(updated);
    });

    test('are there though another source is broken', () => {
      sources(own(), `deb file:${directory}/missing ./`);
      const { status, stderr, packages, why } = list();
      expect(status, why).toBe(0);
      expect(packages).toContain('library=1.0');
      expect(stderr).toContain("Not all of this machine's sources could be read for arm64");
    });

    test('are there though the configuration of apt on this machine says otherwise', () => {
      configure(`
      APT::Architectures { "amd64"; };
      APT::Architecture "amd64";
      APT::Update::Post-Invoke { "touch ${directory}/invoked"; };
      Dir::State::lists "${directory}/elsewhere/lists";
      Dir::Cache::archives "${directory}/elsewhere/archives";
      Dir::Cache::pkgcache "${directory}/elsewhere.bin";`);
      const { status, packages, why } = list();
      expect(status, why).toBe(0);
      expect(packages).toContain('library=1.0');
      for (const name of ['invoked', 'elsewhere', 'elsewhere.bin'])
        expect(existsSync(join(directory, name)), name).toBe(false);
    });

    test('are refused where one is missing', () => {
      offer({ without: 'dracut-core' });
      const { status, stderr, why } = list();
      expect(status).toBe(1);
      expect(stderr).toMatch(/sources lack packages of Debian for arm64; see .*apt\.log/);
      expect(why).toContain('Unable to locate package dracut-core');
    });

    const refusal = "this machine's sources have no packages of Debian for arm64";

    test.each([
      ['no source is Debian', () => offer({ origin: 'another' })],
      ['the mirror has amd64 alone', () => offer({ arch: 'amd64' })],
      [
        'the mirror lacks the list that it names',
        () => rmSync(repository('main/binary-arm64/Packages')),
      ],
      [
        'the source is for amd64 alone',
        () => {
          offer({ arch: 'amd64' });
          sources(own('arch=amd64'));
        },
      ],
    ])('are not available, which is no fault, where %s', (_, prepare) => {
      prepare();
      const { status, stderr } = list();
      expect(stderr).toContain(refusal);
      // The end of apt's log.
      expect(stderr).toContain('Reading package lists');
      expect(stderr).toMatch(/build on a machine of arm64\.\n$/);
      expect(status).toBe(77);
    });

    test('are refused where no source can be reached', () => {
      sources('deb [trusted=yes] http://127.0.0.1:9/ test main');
      const { status, stderr } = list();
      expect(stderr).toContain("this machine's sources could not be read; see");
      expect(stderr).toContain('Connection refused');
      expect(status).toBe(1);
    });
  },
);

describe('without apt', () => {
  const withoutApt = (env: Readonly<Record<string, string>>) => {
    const bin = join(directory, 'bin');
    mkdirSync(bin);
    for (const name of ['dirname', 'mkdir', 'sh', 'uname'])
      symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(bin, name));
    return list({ PATH: bin, ...env });
  };

  test.skipIf(process.arch === 'arm64')('there are none of another architecture', () => {
    const { status, stderr } = withoutApt({});
    expect(stderr).toMatch(/packages: build on Debian, or build on a machine of arm64\.\n$/);
    expect(status).toBe(77);
  });

  test.skipIf(existsSync('/usr/sbin/NetworkManager'))('there is no NetworkManager', () => {
    const { status, stderr } = withoutApt({ ARCH: '', NETWORK: 'network-manager' });
    expect(stderr).toMatch(/packages: build on Debian, or install NetworkManager\.\n$/);
    expect(status).toBe(77);
  });

  test('nothing is needed for media of this machine', () => {
    expect(withoutApt({ ARCH: '' })).toMatchObject({ status: 0, packages: [] });
  });
});
