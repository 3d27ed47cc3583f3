import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lacks } from '../../support/needs.ts';

const media = join(import.meta.dirname, '../../../media');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'root-packages-'));
  for (const name of ['repository', 'work', 'apt.conf.d']) mkdirSync(join(directory, name));
  const text = `
    Dir::Etc::sourcelist "${directory}/sources.list";
    Dir::Etc::sourceparts "/dev/null";
    Dir::Etc::parts "${directory}/apt.conf.d";
    Dir::Etc::main "/dev/null";`;
  writeFileSync(join(directory, 'apt.conf'), text);
  sources(`deb [trusted=yes] file:${directory}/repository ./`);
  offer({ version: '1.0' });
});
afterEach(() => rmSync(directory, { recursive: true }));

const sources = (...lines: readonly string[]) =>
  writeFileSync(join(directory, 'sources.list'), `${lines.join('\n')}\n`);
const configure = (text: string) => writeFileSync(join(directory, 'apt.conf.d/50test'), text);

/** The packages of the media, of which systemd depends on a library with this version. */
function offer({ version = '1.0', origin = 'Debian', without = '' }): void {
  const lists = ['packages.txt', 'packages-arm64.txt'].map((name) =>
    readFileSync(join(media, name), 'utf8'),
  );
  const names = lists.join('').match(/^[^#\n]+$/gm) ?? [];
  const stanza = (name: string, more: string) =>
    `Package: ${name}\nArchitecture: arm64\n${more}\nFilename: ${name}.deb\nSize: 1\n` +
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
  const release = `Origin: ${origin}\nSuite: test\nCodename: test\nArchitectures: arm64\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n ${hash} ${packages.length} Packages\n`;
  writeFileSync(join(directory, 'repository/Packages'), packages);
  writeFileSync(join(directory, 'repository/Release'), release);
}

function list() {
  const { status, stdout, stderr } = spawnSync(join(media, 'root-packages.sh'), {
    env: {
      ...process.env,
      ...{ ARCH: 'arm64', WORK: join(directory, 'work') },
      APT_CONFIG: join(directory, 'apt.conf'),
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
      sources(
        `deb [trusted=yes] file:${directory}/repository ./`,
        `deb file:${directory}/missing ./`,
      );
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

    test('are refused where no source is Debian', () => {
      offer({ origin: 'another' });
      const { status, stderr } = list();
      expect(status).toBe(1);
      expect(stderr).toContain("this machine's sources have no packages of Debian for arm64");
    });
  },
);
