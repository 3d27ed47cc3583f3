import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const moddir = join(import.meta.dirname, '../../../dracut/30coreos-installer');

let initdir: string;
beforeEach(() => {
  initdir = mkdtempSync(join(tmpdir(), 'module-setup-'));
  for (const name of ['usr/bin', 'usr/sbin', 'etc'])
    mkdirSync(join(initdir, name), { recursive: true });
  for (const name of ['bin', 'sbin']) symlinkSync(`usr/${name}`, join(initdir, name));
});
afterEach(() => rmSync(initdir, { recursive: true }));

/** Runs the module's install() with functions like dracut's: what is there already stays. */
function install(script = '') {
  const functions = `
set -u
moddir='${moddir}' initdir='${initdir}' systemdutildir=/lib/systemd systemdsystemunitdir=/lib/systemd/system hostonly=
find_binary() { [[ $1 != absent ]] && echo "/usr/bin/$1"; }
inst_multiple() {
    local path
    for path in "$@"; do
        [[ $path != -* ]] || continue
        [[ -e $initdir/usr/bin/$path || -L $initdir/usr/bin/$path || $path == */* ]] \\
            || ln -s "real-\${path##*/}" "$initdir/usr/bin/$path"
    done
}
for name in inst_simple inst_script inst_hook inst_dir inst_libdir_file ln_r dracut_need_initqueue; do
    eval "$name() { :; }"
done
. "$moddir/module-setup.sh"
${script}
install
`;
  mkdirSync(join(initdir, 'etc/coreos'), { recursive: true });
  execFileSync('bash', ['-c', functions], { stdio: 'pipe' });
}

test('the tools are the real ones, also where the module busybox has put links in their places', async () => {
  for (const name of ['flock', 'less', 'absent', 'vi'])
    symlinkSync('busybox', join(initdir, 'usr/bin', name));
  symlinkSync('../bin/busybox', join(initdir, 'usr/sbin/modprobe'));
  symlinkSync('real-ip', join(initdir, 'usr/bin/ip'));
  install('coreos_installer_optional_tools+=(absent)');
  const target = (name: string) => readlinkSync(join(initdir, 'usr/bin', name));
  expect(['flock', 'less', 'modprobe', 'ip'].map(target)).toEqual([
    ...['real-flock', 'real-less', 'real-modprobe', 'real-ip'],
  ]);
  expect(await readdir(join(initdir, 'usr/sbin'))).toEqual([]);
  // What this machine lacks, or the installer does not use, may be that of busybox.
  expect(['absent', 'vi'].map(target)).toEqual(['busybox', 'busybox']);
});
