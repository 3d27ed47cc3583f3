/**
 * The loop tests that run the program, by topic. Tests that import a source file are found without this.
 */
const byFolder: Readonly<Record<string, readonly string[]>> = {
  disk: ['install/story', 'install/target', 'install/disk-faults', 'install/reinstallation'],
  fetch: ['install/story', 'install/input', 'install/fetching'],
  install: ['install/story', 'install/interrupted', 'install/read-back', 'install/disk-faults'],
  parameters: ['install/story', 'install/parameters'],
  plan: ['install/story', 'install/target', 'install/reinstallation', 'commands/dry-run'],
  verify: ['install/story', 'install/verification'],
  decode: ['install/story', 'install/input'],
};

/** Loop tests for a source file: `src/decode/xz/lanes.ts`. */
export function loopTestsOf(path: string): string[] {
  const [, folder = ''] = path.split('/');
  return (byFolder[folder] ?? ['install/story']).map((name) => `test/loop/${name}.test.ts`);
}
