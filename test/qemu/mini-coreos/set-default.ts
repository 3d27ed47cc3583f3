import { join } from 'node:path';
import { execa } from 'execa';
import { zig, zigTarget } from '../../../scripts/lib/zig.ts';

/** Compiles what the installed system rolls back with, against the machine's libostree. */
export async function compileSetDefault(output: string): Promise<void> {
  const { stdout } = await execa('ldconfig', ['--print-cache']);
  const library = /^\s*libostree-1\.so\.1 .*x86-64.* => (.*)$/m.exec(stdout)?.[1];
  if (library === undefined) throw new Error('libostree-1.so.1 is not installed');
  await zig([
    ...['cc', '-target', zigTarget('x64'), '-O1', '-Wall', '-Werror'],
    ...[join(import.meta.dirname, 'set-default.c'), library, '-Wl,--allow-shlib-undefined'],
    ...['-o', output],
  ]);
}
