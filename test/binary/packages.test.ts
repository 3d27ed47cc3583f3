import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packDeb, packRpm, packTarball } from '../../scripts/lib/pack.ts';
import { requiredTools, toolPackages } from '../../src/system/tools.ts';
import { isRoot, program } from './program.ts';

const root = join(import.meta.dirname, '../..');
const [debian, machine] = process.arch === 'x64' ? ['amd64', 'x86_64'] : ['arm64', 'aarch64'];
let directory: string;
let packages: string;

beforeAll(async () => {
  directory = await mkdtemp('/var/tmp/coreos-installer-packages-');
  packages = join(directory, 'packages');
  await execa(process.execPath, ['scripts/packages.ts', packages, process.arch], {
    cwd: root,
    env: { XZ_LEVEL: '0' },
  });
}, 600_000);
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function pathOf(ending: string, program = 'coreos-installer'): Promise<string> {
  const name = (await readdir(packages)).find(
    (entry) => entry.startsWith(program) && entry.endsWith(ending),
  );
  return join(packages, name ?? `none for ${ending}`);
}

async function newDirectory(name: string): Promise<string> {
  const path = join(directory, name);
  await mkdir(path);
  return path;
}

async function filesIn(path: string): Promise<string[]> {
  const { stdout } = await execa('find', [path, '(', '-type', 'f', '-o', '-type', 'l', ')']);
  return stdout.split('\n').filter((line) => line !== '');
}

/** What a user does with it: the program by its three names, the manual, completion, dracut. */
async function expectUsable(system: string): Promise<void> {
  const run = async (file: string, ...args: string[]) =>
    (await execa(file, args, { env: { PATH: '/usr/bin:/bin' }, extendEnv: false })).stdout;
  const version = /^coreos-installer \d+\.\d+\.\d+$/;
  expect(await run(`${system}/usr/libexec/coreos-installer`, '--version')).toMatch(version);
  expect(await run(`${system}/usr/bin/coreos-installer`, '--version')).toMatch(version);
  for (const name of ['fcct', 'butane'])
    expect(await run(`${system}/usr/bin/${name}`, '--version')).toContain('Config Transpiler');
  const manual = (name: string) => `${system}/usr/share/man/man8/${name}.8.gz`;
  const read = (name: string) => run('man', '--local-file', manual(name));
  expect(await read('coreos-installer')).toMatch(/SYNOPSIS.*--image-url.*Exit codes/s);
  expect(await read('coreos-installer-install')).toMatch(/SYNOPSIS.*--ignition-file.*Exit codes/s);
  expect(await read('coreos-installer-ignition-validate')).toMatch(/--strict/);
  expect(await read('fcct')).toMatch(/--files-dir/);
  const completion = `${system}/usr/share/bash-completion/completions/coreos-installer`;
  const script = `. ${completion}; complete -p coreos-installer`;
  expect(await run('bash', '-c', script)).toContain('-F _coreos_installer');
  const modules = await readdir(`${system}/usr/lib/dracut/modules.d`);
  expect(modules.toSorted()).toEqual(['30coreos-installer', '99emergency-failure']);
  const text = await readFile(`${system}/usr/share/doc/coreos-installer/copyright`, 'utf8');
  for (const part of ['Apache License', 'Node.js', 'liblzma', 'LLVM', 'undici', 'valibot', 'yaml '])
    expect(text).toContain(part);
}

test('the tarball is unpacked over /', async () => {
  const system = await newDirectory('unpacked');
  await execa('tar', ['-C', system, '-xf', await pathOf('.tar.xz')]);
  await expectUsable(system);
});

describe.runIf(isRoot)('as packages of the system', () => {
  test('the .deb is installed, and removed without a trace', async () => {
    const system = await newDirectory('debian');
    const database = join(system, 'var/lib/dpkg');
    for (const name of ['info', 'updates', 'triggers'])
      await mkdir(join(database, name), { recursive: true });
    for (const name of ['status', 'available']) await writeFile(join(database, name), '');
    const dpkg = ['--root', system, '--force-depends', '--force-script-chrootless'];
    const deb = await pathOf(`_${debian}.deb`);
    await execa('dpkg', [...dpkg, '--install', deb]);
    await expectUsable(system);
    const { stdout } = await execa('dpkg', ['--root', system, '--verify', 'coreos-installer']);
    expect(stdout).toBe('');
    await execa('dpkg', [...dpkg, '--remove', 'coreos-installer']);
    await expect(readdir(join(system, 'usr'))).rejects.toThrow('ENOENT');
  });

  test('the .rpm is installed, and removed without a trace', async () => {
    const system = await newDirectory('fedora');
    const rpm = ['--root', system];
    await execa('rpm', [...rpm, '--initdb']);
    await execa('rpm', [...rpm, '--install', '--nodeps', await pathOf(`.${machine}.rpm`)]);
    await expectUsable(system);
    const { stdout } = await execa('rpm', [...rpm, '--verify', '--nodeps', 'coreos-installer']);
    expect(stdout).toBe('');
    await execa('rpm', [...rpm, '--erase', 'coreos-installer']);
    expect(await filesIn(join(system, 'usr')).catch(() => [])).toEqual(
      (await filesIn(system)).filter((path) => path.includes('/usr/lib/sysimage/')),
    );
  });
});

test('both name what they need, hold files of root alone, and run no script', async () => {
  const deb = await pathOf('.deb');
  const { stdout: control } = await execa('dpkg-deb', ['--field', deb]);
  expect(control).toMatch(/^Depends: .*\bgdisk\b/m);
  const { stdout: members } = await execa('dpkg-deb', ['--ctrl-tarfile', deb], {
    encoding: 'buffer',
  }).then(({ stdout }) => execa('tar', ['-t'], { input: stdout }));
  expect(members.split('\n').toSorted()).toEqual(['./', './control']);
  const { stdout: listing } = await execa('dpkg-deb', ['--contents', deb]);
  for (const line of listing.split('\n'))
    expect(line).toMatch(/^(d|-|l)rw[x-]r[w-][x-]r[w-][x-] root\/root /);

  const rpm = await pathOf('.rpm');
  const query = async (what: string) => (await execa('rpm', ['-qp', what, rpm])).stdout;
  expect(await query('--requires')).toMatch(/^gdisk$/m);
  expect(await query('--scripts')).toBe('');
  expect(await query('--list')).toMatch(/^\/usr\/libexec\/coreos-installer$/m);
});

describe('coreos-provision has packages of its own', () => {
  const manual = 'usr/share/man/man8/coreos-provision-serve.8.gz';
  const unit = 'usr/lib/systemd/system/coreos-provision.service';

  test('with the program, its unit, its pages and nothing of the installer', async () => {
    const system = await newDirectory('provision');
    await execa('tar', ['-C', system, '-xf', await pathOf('.tar.xz', 'coreos-provision')]);
    const { stdout } = await execa(join(system, 'usr/bin/coreos-provision'), ['--version']);
    expect(stdout).toMatch(/^coreos-provision \d+\.\d+\.\d+$/);
    const files = (await filesIn(system)).map((path) => path.slice(system.length + 1));
    const docs = 'usr/share/doc/coreos-provision';
    const monitoring = ['grafana-dashboard.json', 'prometheus-rules.yml'].map(
      (name) => `usr/share/coreos-provision/${name}`,
    );
    for (const file of [
      manual,
      unit,
      ...monitoring,
      `${docs}/docs/fleet/first-rack.md`,
      `${docs}/docs/pxe.md`,
      `${docs}/copyright`,
    ])
      expect(files).toContain(file);
    expect(files.filter((file) => file.includes('coreos-installer'))).toEqual([]);
    expect(await readFile(join(system, unit), 'utf8')).toContain(
      '=/usr/bin/coreos-provision serve ',
    );
    const licences = await readFile(join(system, docs, 'copyright'), 'utf8');
    for (const part of ['fastify', 'prom-client', 'csv-parse', 'Node.js'])
      expect(licences).toContain(part);
  });

  test('as .deb and .rpm, which need only what Node needs, and run no script', async () => {
    const deb = await pathOf('.deb', 'coreos-provision');
    const { stdout: control } = await execa('dpkg-deb', ['--field', deb]);
    expect(control).toMatch(/^Package: coreos-provision$/m);
    expect(control).not.toMatch(/^(Conflicts|.*gdisk)/m);
    const { stdout: listed } = await execa('dpkg-deb', ['--contents', deb]);
    expect(listed).toContain(`root/root`);
    expect(listed).toContain(`./${unit}`);
    const rpm = await pathOf('.rpm', 'coreos-provision');
    const query = async (what: string) => (await execa('rpm', ['-qp', what, rpm])).stdout;
    expect(await query('--scripts')).toBe('');
    expect(await query('--list')).toContain(`/${unit}`);
    expect(await query('--conflicts')).toBe('');
  });
});

/** The packages that have the libraries which Node is linked to. */
const libraries: Readonly<Record<string, { debian: string; fedora: string }>> = {
  'libc.so.6': { debian: 'libc6', fedora: 'glibc' },
  'libdl.so.2': { debian: 'libc6', fedora: 'glibc' },
  'libm.so.6': { debian: 'libc6', fedora: 'glibc' },
  'libpthread.so.0': { debian: 'libc6', fedora: 'glibc' },
  'ld-linux-x86-64.so.2': { debian: 'libc6', fedora: 'glibc' },
  'ld-linux-aarch64.so.1': { debian: 'libc6', fedora: 'glibc' },
  'libgcc_s.so.1': { debian: 'libgcc-s1', fedora: 'libgcc' },
  'libstdc++.so.6': { debian: 'libstdc++6', fedora: 'libstdc++' },
};

describe('both name', () => {
  const namesIn = (text: string) => text.split(/[,|\n]/).map((one) => one.trim().split(' ')[0]);
  const ofDeb = async (...fields: string[]) => {
    const deb = await pathOf(`_${debian}.deb`);
    const read = fields.map((field) => execa('dpkg-deb', ['--field', deb, field]));
    return namesIn((await Promise.all(read)).map(({ stdout }) => stdout).join('\n'));
  };
  const ofRpm = async (...fields: string[]) => {
    const queries = fields.map((field) => `--${field.toLowerCase()}`);
    const rpm = await pathOf(`.${machine}.rpm`);
    const read = queries.map((query) => execa('rpm', ['-qp', query, rpm]));
    return namesIn((await Promise.all(read)).map(({ stdout }) => stdout).join('\n'));
  };

  test.each([program, `${program}-arm64`])('the libraries that %s needs', async (binary) => {
    const { stdout } = await execa('readelf', ['-d', binary]);
    const needed = [...stdout.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name = '']) => name);
    expect(needed).toContain('libc.so.6');
    const packagesOf = needed.map((name) => libraries[name] ?? { debian: name, fedora: name });
    expect(await ofDeb('Depends')).toEqual(
      expect.arrayContaining(packagesOf.map((one) => one.debian)),
    );
    expect(await ofRpm('Requires')).toEqual(
      expect.arrayContaining(packagesOf.map((one) => one.fedora)),
    );
  });

  test('the tools that an installation cannot do without, and those that help', async () => {
    const required = requiredTools.map((tool) => toolPackages[tool]);
    expect(await ofDeb('Depends')).toEqual(expect.arrayContaining(required.map((t) => t.debian)));
    expect(await ofRpm('Requires')).toEqual(expect.arrayContaining(required.map((t) => t.fedora)));
    const all = Object.values(toolPackages);
    expect(await ofDeb('Depends', 'Recommends', 'Suggests')).toEqual(
      expect.arrayContaining(all.map((one) => one.debian)),
    );
    expect(await ofRpm('Requires', 'Recommends', 'Suggests')).toEqual(
      expect.arrayContaining(all.map((one) => one.fedora)),
    );
  });
});

test('each tells which liblzma is inside', async () => {
  const { stdout: told } = await execa(program, ['--version', '--verbose']);
  const [, version, debianVersion] = /^liblzma (\S+) \(Debian (\S+)\)$/m.exec(told) ?? [];
  expect(debianVersion).toMatch(/^\d/);
  const deb = await execa('dpkg-deb', ['--field', await pathOf(`_${debian}.deb`), 'Built-Using']);
  expect(deb.stdout).toBe(`xz-utils (= ${debianVersion})`);
  const rpm = await execa('rpm', ['-qp', '--provides', await pathOf(`.${machine}.rpm`)]);
  expect(rpm.stdout.split('\n')).toContain(`bundled(liblzma) = ${version}`);
  const copyright = 'usr/share/doc/coreos-installer/copyright';
  const tar = await execa('tar', ['-xOf', await pathOf('.tar.xz'), copyright]);
  expect(tar.stdout.split('\n')).toContain(
    `liblzma (XZ Utils) ${version} (Debian ${debianVersion})`,
  );
});

test('the same content makes the same bytes', async () => {
  const made = await Promise.all(
    ['first', 'second'].map(async (name) => {
      const work = await newDirectory(name);
      const tree = join(work, 'root/usr/share/doc/coreos-installer');
      await mkdir(tree, { recursive: true });
      await writeFile(join(tree, 'copyright'), 'x\n');
      await execa('touch', ['-d', '@1000000000', join(tree, 'copyright')]);
      const staged = {
        work,
        name: 'coreos-installer' as const,
        version: '1.0.0',
        epoch: 1_000_000_000,
        xzLevel: 0,
        liblzma: { version: '5.8.1', from: 'Debian 5.8.1-1' },
      };
      await packTarball(staged, join(work, 'tar'));
      await packDeb(staged, debian, join(work, 'deb'));
      await packRpm(staged, machine, join(work, 'rpm-file'));
      return await Promise.all(
        ['tar', 'deb', 'rpm-file'].map((file) => readFile(join(work, file))),
      );
    }),
  );
  const [first = [], second = []] = made;
  expect(first.map((bytes, index) => bytes.equals(second[index] ?? Buffer.of()))).toEqual([
    true,
    true,
    true,
  ]);
});

test('make install puts the same below a prefix of one’s own, and leaves other programs alone', async () => {
  const system = await newDirectory('prefix');
  await mkdir(join(system, 'opt/ci/bin'), { recursive: true });
  await writeFile(join(system, 'opt/ci/bin/butane'), 'another');
  const { stdout } = await execa('make', ['install', `DESTDIR=${system}`, 'PREFIX=/opt/ci'], {
    cwd: root,
  });
  expect(stdout).toContain('butane is another program: left as it is');
  expect(await readFile(join(system, 'opt/ci/bin/butane'), 'utf8')).toBe('another');
  const files = (await filesIn(system)).map((path) => path.slice(`${system}/opt/ci/`.length));
  expect(files).toEqual(
    expect.arrayContaining([
      'libexec/coreos-installer',
      'bin/coreos-installer',
      'bin/fcct',
      'share/man/man8/coreos-installer.8',
      'share/man/man8/coreos-installer-download.8',
      'share/bash-completion/completions/coreos-installer',
    ]),
  );
});
