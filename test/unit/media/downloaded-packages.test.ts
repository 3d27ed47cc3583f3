import { spawnSync } from 'node:child_process';
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
import { join } from 'node:path';
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
  const { status, stderr } = spawnSync(join(media, script), {
    env: {
      ...process.env,
      ...{ PATH: `${directory}/bin:${process.env['PATH']}`, WORK: join(directory, 'work') },
      ...{ KERNEL: '', KERNEL_PACKAGE: '', ELSEWHERE: join(directory, 'elsewhere'), ...env },
    },
    encoding: 'utf8',
  });
  return { status, stderr };
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
    *'depends linux-image-6.99.0')
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
