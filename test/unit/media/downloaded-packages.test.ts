import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const media = join(import.meta.dirname, '../../../media');
const foreign = process.arch === 'arm64' ? 'x86_64' : 'arm64';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'downloaded-packages-'));
  for (const name of ['bin', 'work', 'elsewhere']) mkdirSync(join(directory, name));
  program('apt-cache', inGerman);
  program('apt-get', aptGet);
});
afterEach(() => rmSync(directory, { recursive: true }));

const program = (name: string, text: string) =>
  writeFileSync(join(directory, 'bin', name), `#!/bin/sh\n${text}`, { mode: 0o755 });

/** As gettext does it: the language of LANGUAGE counts in every locale but `C`. */
const inGerman = `
case $* in *show*) echo 'Version: 1'; exit ;; esac
word='Hängt ab von'
[ "$LC_ALL" != C ] && { [ "\${LC_ALL#C.}" = "$LC_ALL" ] || [ -n "\${LANGUAGE:-}" ]; } || word=Depends
printf 'linux-image\\n  %s: linux-image-6.99.0\\n' "$word"
`;

/** It writes to its working directory; where that is gone, apt does so to `/`: here to another directory. */
const aptGet = `
case $* in
    *indextargets*) echo test ;;
    *simulate*) echo 'Inst a (1 test [all])' ;;
    *" download "*)
        pwd -P > "$ELSEWHERE.seen"
        rm -rf "$GONE"
        : > "$(/bin/pwd || echo "$ELSEWHERE")/a.deb"
        ;;
esac
`;

function runScript(script: string, env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(join(media, script), {
    env: {
      ...process.env,
      ...{ PATH: `${directory}/bin:${process.env['PATH']}`, WORK: join(directory, 'work') },
      ...{
        KERNEL: '',
        KERNEL_PACKAGE: '',
        SECURE_BOOT: '',
        ELSEWHERE: join(directory, 'elsewhere'),
        ...env,
      },
    },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('a package that is downloaded', () => {
  test('arrives where it is unpacked', () => {
    const { stderr } = runScript('obtain-kernel.sh');
    expect(existsSync(join(directory, 'work/kernel/download/a.deb')), stderr).toBe(true);
  });

  test.each([
    ['obtain-kernel.sh', 'kernel/download', {}],
    ['build-root.sh', 'root-packages', { ARCH: foreign }],
  ])('is not written elsewhere where its directory is removed: %s', (script, name, env) => {
    const { status, stderr } = runScript(script, { ...env, GONE: join(directory, 'work', name) });
    expect(stderr).toContain('could not download');
    expect(status).toBe(1);
    expect(readdirSync(join(directory, 'elsewhere'))).toEqual([]);
    const seen = readFileSync(join(directory, 'elsewhere.seen'), 'utf8').trim();
    expect(existsSync(seen)).toBe(false);
  });
});

test.each([
  { LC_ALL: 'de_DE.UTF-8' },
  { LC_ALL: '', LANG: 'de_DE.UTF-8' },
  { LC_ALL: 'C.UTF-8', LANGUAGE: 'de' },
])('the kernel is found though the texts of apt are translated: %j', (env) => {
  const { stderr } = runScript('obtain-kernel.sh', env);
  expect(stderr).toContain('Unpacking linux-image-6.99.0 1');
});

test('a kernel whose package only depends on others is in these', () => {
  program(
    'apt-cache',
    `
case $* in
    *show*) echo 'Version: 1' ;;
    *depends*' linux-image-6.99.0')
        printf '  Depends: %s\\n' linux-base linux-base-6.99.0 linux-binary-6.99.0 linux-modules-6.99.0 kmod ;;
    *) echo '  Depends: linux-image-6.99.0' ;;
esac
`,
  );
  program(
    'apt-get',
    `case $* in *' download '*) echo "$*" > "$ELSEWHERE.asked" ;; esac\n${aptGet}`,
  );
  const { stderr } = runScript('obtain-kernel.sh');
  expect(readFileSync(join(directory, 'elsewhere.asked'), 'utf8'), stderr).toMatch(
    / download linux-image-6\.99\.0 linux-binary-6\.99\.0 linux-modules-6\.99\.0\n$/,
  );
});

describe('on Ubuntu', () => {
  /** What is downloaded where the distribution is this one. */
  function downloaded(osRelease: string, env: Readonly<Record<string, string>> = {}): string {
    program(
      'apt-cache',
      `
case $* in
    *show*) echo 'Version: 1' ;;
    *depends*' linux-image-6.99.0-generic')
        printf '  Depends: %s\\n' kmod linux-base linux-modules-6.99.0-generic
        case $* in *' linux-image-generic '*) printf '  Depends: %s\\n' \\
            linux-image-6.99.0-generic linux-modules-extra-6.99.0-generic linux-firmware ;; esac ;;
    *'depends linux-image-generic') echo '  Depends: linux-image-6.99.0-generic' ;;
esac
`,
    );
    program(
      'apt-get',
      `case $* in *' download '*) echo "\${*##* download }" > "$ELSEWHERE.asked"; exit 100 ;; esac`,
    );
    writeFileSync(join(directory, 'os-release'), osRelease);
    const { stderr } = runScript('obtain-kernel.sh', {
      ...{ os_release: join(directory, 'os-release'), ARCH: '', NETWORK: '', ...env },
    });
    expect(stderr).toContain('set KERNEL_PACKAGE= to one with a kernel');
    return readFileSync(join(directory, 'elsewhere.asked'), 'utf8').trim();
  }

  test.each([
    'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n',
    'ID=linuxmint\nID_LIKE="ubuntu debian"\n',
  ])('the kernel is the one of Ubuntu, with all its modules: %j', (osRelease) => {
    expect(downloaded(osRelease)).toBe(
      'linux-image-6.99.0-generic linux-modules-6.99.0-generic linux-modules-extra-6.99.0-generic',
    );
  });

  test('another kernel can be named, and Debian has its own', () => {
    const other = { KERNEL_PACKAGE: 'linux-image-other' };
    expect(downloaded('ID=ubuntu\n', other)).toBe('linux-image-other');
    const debian = process.arch === 'arm64' ? 'linux-image-arm64' : 'linux-image-amd64';
    expect(downloaded('ID=debian\n')).toBe(debian);
  });
});

describe('the signed boot loaders', () => {
  const [efi, arch, target] =
    process.arch === 'arm64' ? ['aa64', 'arm64', 'arm64'] : ['x64', 'amd64', 'x86_64'];
  const grub = `usr/lib/grub/${target}-efi-signed`;
  const all = [
    ...[`usr/lib/shim/shim${efi}.efi.signed`, `${grub}/gcd${efi}.efi.signed`],
    `${grub}/grubnet${efi}.efi.signed`,
  ] as const;

  /** What is made of a package with these files. */
  function obtain(files: readonly string[]) {
    const tree = join(directory, 'package');
    const write = (name: string, text: string) => {
      mkdirSync(dirname(join(tree, name)), { recursive: true });
      writeFileSync(join(tree, name), text);
    };
    write(
      'DEBIAN/control',
      'Package: a\nVersion: 1\nArchitecture: all\nMaintainer: a\nDescription: b\n',
    );
    for (const name of files) write(name, name);
    const deb = join(directory, 'signed.deb');
    execFileSync('dpkg-deb', ['--build', '-Znone', tree, deb], { stdio: 'pipe' });
    program('apt-get', `case $* in *' download '*) cp '${deb}' . ;; esac`);
    return runScript('obtain-signed.sh', { ARCH: '', NETWORK: '' });
  }

  test.each([
    ['Debian', all],
    ['Ubuntu', [`${all[0]}.latest`, `${all[0]}.previous`, all[1], all[2]]],
  ])('of %s are unpacked', (_name, files) => {
    const { status, stdout, stderr } = obtain(files);
    expect(status, stderr).toBe(0);
    const obtained = stdout.trim();
    expect(readdirSync(obtained).toSorted()).toEqual(
      [`gcd${efi}.efi`, `grubnet${efi}.efi`, `shim${efi}.efi`].toSorted(),
    );
    expect(readFileSync(join(obtained, `shim${efi}.efi`), 'utf8')).toBe(files[0]);
  });

  test.each(all)('are left out without %s', (missing) => {
    expect(obtain(all.filter((name) => name !== missing))).toEqual({
      status: 0,
      stdout: '',
      stderr:
        `Unpacking shim-signed grub-efi-${arch}-signed\nThe medium will not boot with Secure Boot: ` +
        `/${missing} is in none of the packages shim-signed grub-efi-${arch}-signed.\n`,
    });
  });
});
