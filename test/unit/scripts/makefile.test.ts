import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { root } from '../../../scripts/lib/paths.ts';

/** The architectures that a target builds, by each of the two scripts, in the order of the commands. */
function builtBy(target: string): Record<string, string> {
  const env = { ...process.env, MAKEFLAGS: '' };
  const commands = execFileSync('make', ['--dry-run', target], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  const calls = commands.matchAll(/scripts\/(build-addon|package)\.ts([ \w]*)/g);
  return Object.fromEntries([...calls].map(([, script, what = '']) => [script, what.trim()]));
}

const own = process.arch;

test.each(['all', 'demo', 'test-unit', 'test-break', 'iso', 'pxe', 'kills'])(
  'make %s builds the program for this machine alone',
  (target) => {
    expect(builtBy(target)).toEqual({ 'build-addon': own, package: own });
  },
);

test.each(['all-architectures', 'packages', 'test', 'test-binary', 'test-loop'])(
  'make %s builds it for both architectures',
  (target) => {
    expect(builtBy(target)).toEqual({ 'build-addon': 'x64 arm64', package: 'x64 arm64' });
  },
);

test('make unit needs the addon alone', () => {
  expect(builtBy('unit')).toEqual({ 'build-addon': own });
});
