import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const media = join(import.meta.dirname, '../../../media');

function kernelArguments(more: string) {
  const script = `here=${media}; . ${media}/lib.sh; kernel_arguments`;
  return spawnSync('sh', ['-c', script], {
    env: { ...process.env, KARGS: more },
    encoding: 'utf8',
  });
}

test('KARGS stand behind the arguments that every medium has', () => {
  const { stdout } = kernelArguments(' coreos.inst.install_dev=sda   ip=dhcp ');
  expect(stdout).toMatch(/^\S.* coreos\.inst=yes coreos\.inst\.install_dev=sda ip=dhcp\n$/);
});

test.each(['a="b c"', "a='b'", 'a=b\\c'])('KARGS %s are refused', (more) => {
  const { status, stderr } = kernelArguments(more);
  expect(status).toBe(1);
  expect(stderr).toContain('KARGS holds a quote or a backslash');
});

test('KERNEL and MODULES name another kernel', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kernel-'));
  try {
    const modules = join(directory, '6.99.0-test');
    mkdirSync(modules);
    const kernel = join(directory, 'vmlinuz-6.99.0-test');
    writeFileSync(kernel, 'a kernel');
    const obtain = (file: string) =>
      execFileSync(join(media, 'obtain-kernel.sh'), {
        env: { ...process.env, KERNEL: kernel, MODULES: file, WORK: directory },
        encoding: 'utf8',
        stdio: 'pipe',
      });
    expect(() => obtain(modules)).toThrow(/no kernel modules in .*: set MODULES=/);

    writeFileSync(join(modules, 'modules.dep'), '');
    const obtained = obtain(modules).trim();
    expect(readFileSync(join(obtained, 'vmlinuz'), 'utf8')).toBe('a kernel');
    expect(readFileSync(join(obtained, 'version'), 'utf8')).toBe('6.99.0-test\n');
    expect(realpathSync(join(obtained, 'modules'))).toBe(realpathSync(modules));
  } finally {
    rmSync(directory, { recursive: true });
  }
});
