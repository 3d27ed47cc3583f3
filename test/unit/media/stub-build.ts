import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const media = join(import.meta.dirname, '../../../media');

/** A directory where the scripts make media of files that stand for a kernel, for dracut, and for what it makes. */
export function stubs() {
  const directory = mkdtempSync(join(tmpdir(), 'build-'));
  const place = (name: string) => join(directory, name);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(place(name)), { recursive: true });
    writeFileSync(place(name), text, { mode: 0o755 });
  };
  write('dracut/modules.d/10bash/module-setup.sh', '');
  write('modules/modules.dep', '');
  for (const name of ['vmlinuz-6.99.0-test', 'program']) write(name, name);
  write('bin/dpkg-query', '#!/bin/sh\necho installed\n');
  // As dracut does it: the directory of --confdir, and that of its own.
  write(
    'bin/dracut',
    `#!/bin/bash
for file in "$dracutbasedir"/dracut.conf.d/*.conf; do [ ! -e "$file" ] || . "$file"; done
ls "$dracutbasedir/modules.d" > '${place('modules-seen')}'
echo "initramfs $prefer_dracutmodules" > "\${@: -2:1}"
`,
  );
  const build = (script: string, env: Readonly<Record<string, string>> = {}) => {
    const { status, stderr } = spawnSync(join(media, script), {
      env: {
        ...process.env,
        ...{ PATH: `${place('bin')}:${process.env['PATH']}`, WORK: place('work') },
        ...{ OUTPUT: place('output'), BINARY: place('program'), DRACUT: place('dracut') },
        ...{ KERNEL: place('vmlinuz-6.99.0-test'), MODULES: place('modules') },
        ...{ KARGS: '', TIMEOUT: '', NETWORK: '', FIRMWARE: '', ARCH: '', COMPRESS: '' },
        ...{ SECURE_BOOT: 'no', ...env },
      },
      encoding: 'utf8',
    });
    return { status, stderr };
  };
  const read = (name: string) => readFileSync(place(name), 'utf8');
  return {
    place,
    write,
    read,
    build,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}
