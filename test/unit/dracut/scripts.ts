import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';

const sources = join(import.meta.dirname, '../../../dracut/30coreos-installer');

/** What the module puts onto the medium in any case, a shell, and what the tests themselves use. */
function programsOfMedium(): string[] {
  const setup = readFileSync(join(sources, 'module-setup.sh'), 'utf8');
  const [, listed = ''] = /^coreos_installer_tools=\(\n([^)]*)\)/m.exec(setup) ?? [];
  return [...new Set([...listed.split(/\s+/).filter(Boolean), 'sh', 'wc'])];
}

/** Where it is; nowhere if this machine lacks it. */
function ofThisMachine(name: string): string {
  const places = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((place) => join(place, name));
  return places.find((path) => existsSync(path)) ?? '/nonexistent';
}

/** The initramfs's scripts, on a machine of files: consoles, a systemctl that keeps a list. */
export interface Scripts extends AsyncDisposable {
  /** Runs a text as a script that has sourced lib.sh; what it prints is what the journal gets. */
  run(text: string, input?: string | Readable): Promise<string>;
  /** Puts a terminal in the place of a console. */
  attach(console: string, terminal: string): void;
  /** What a console shows. */
  shown(console: string): string;
  /** What systemctl was called with. */
  started(): string[];
  /** Puts a shell script in the place of the installer. */
  program(text: string): void;
  /** As when somebody has pressed Enter there. */
  openShell(console: string): void;
}

export function scripts(consoles: readonly string[], diagnosis = ''): Scripts {
  const root = mkdtempSync(join(tmpdir(), 'coreos-installer-scripts-'));
  const moved = [
    ['/usr/lib/coreos-installer', join(root, 'lib')],
    ['/usr/libexec/coreos-installer', join(root, 'bin/coreos-installer')],
    ['/run/coreos-installer', join(root, 'state')],
    ['/sys/class/tty/console', root],
    ['/dev/$', join(root, 'dev/$')],
  ] as const;
  for (const name of ['lib', 'state', 'dev', 'bin', 'tools']) mkdirSync(join(root, name));
  const add = (path: string, text: string) => {
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), 0o755);
  };
  for (const name of readdirSync(sources)) {
    const text = readFileSync(join(sources, name), 'utf8');
    add(
      join('lib', name),
      moved.reduce((result, [from, to]) => result.replaceAll(from, to), text),
    );
  }
  add('lib/network-diagnosis', `#!/bin/sh\necho '${diagnosis}'\n`);
  add('bin/systemctl', `#!/bin/sh\necho "$@" >> ${root}/started\n`);
  add('started', '');
  writeFileSync(join(root, 'active'), `${consoles.join(' ')}\n`);
  for (const name of consoles) add(join('dev', name.replace('tty0', 'tty1')), '');
  // Nothing else of this machine, so that a program that the medium lacks is not found here either.
  for (const name of programsOfMedium())
    symlinkSync(ofThisMachine(name), join(root, 'tools', name));
  const env = { PATH: `${root}/bin:${root}/tools` };
  return {
    async run(text, input = '') {
      const script = `. ${root}/lib/lib.sh; lib=${root}/lib; ${text}`;
      const given = typeof input === 'string' ? { input } : { input: input };
      const options = { ...given, env, stripFinalNewline: false };
      return (await execa('sh', ['-c', script], options)).stdout;
    },
    attach(name, terminal) {
      rmSync(join(root, 'dev', name));
      symlinkSync(terminal, join(root, 'dev', name));
    },
    shown: (name) => readFileSync(join(root, 'dev', name), 'utf8'),
    started: () => readFileSync(join(root, 'started'), 'utf8').split('\n').filter(Boolean),
    program: (text) => add('bin/coreos-installer', `#!/bin/bash\n${text}\n`),
    openShell: (name) => writeFileSync(join(root, `state/shell-on-${name}`), ''),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
}
